"""A network that computes for one worker's samples what it would compute for them among all."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from squeezeseg.distributed.batch_norm import SharedBatchNorm
from squeezeseg.distributed.dropout import SharedDropout
from squeezeseg.distributed.workers import Workers


def see_whole_batch(network: nn.Module, workers: Workers, batch: int) -> None:
    """Let the layers that look beyond one sample see all workers', in place: batch norm and dropout.

    batch: samples of all workers.

    Raises:
        NotImplementedError: the network has another layer that does.
    """
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedBatchNorm
            module.workers = workers  # type: ignore[assignment]
        elif type(module) is nn.Dropout2d:
            module.__class__ = SharedDropout
            module.samples, module.batch = workers.share(batch), batch  # type: ignore[assignment]
        elif isinstance(module, _BatchNorm | _DropoutNd):
            raise NotImplementedError(f"{type(module).__name__} of several workers")


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor, workers: Workers, count: int) -> Tensor:
        ctx.share, ctx.size = workers.share(count), workers.size
        return workers.gather(own, count)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None]:
        # Times their number: of what comes of it the mean over all workers is taken, and it is one loss.
        return gradients[0][ctx.share.start : ctx.share.stop] * ctx.size, None, None


def of_whole_batch(own: Tensor, workers: Workers, count: int) -> Tensor:
    """The (count, ...) values of all workers; a gradient goes back into this one's own alone."""
    return own if workers.size == 1 else _Gather.apply(own, workers, count)  # type: ignore[no-untyped-call]
