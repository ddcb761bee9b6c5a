"""Batch norm over the samples of all workers: PyTorch's SyncBatchNorm is for GPUs alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from squeezeseg.distributed.workers import BATCH_NORM, Workers

_PIXELS = 0, 2, 3
"""The dimensions of a batch (B, C, H, W) that statistics are of."""


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm whose mean and variance are those of the whole batch, as one process would have them."""

    workers: Workers

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) of this worker -> the same shape."""
        if not self.training:
            return super().forward(x)
        y, mean, variance, count = _Normalise.apply(x, self.weight, self.bias, self.eps, self.workers)  # type: ignore[no-untyped-call]
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
        return y  # type: ignore[no-any-return]


class _Normalise(torch.autograd.Function):
    """y = (x - m) / sqrt(v + eps) g + b, m and v of all workers' x (Ioffe and Szegedy, ICML 2015, algorithm 1)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, workers: Workers
    ) -> tuple[Tensor, Tensor, Tensor, float]:
        variance, mean = (one.double() for one in torch.var_mean(_wide(x), _PIXELS, correction=0))
        count = x.numel() / len(mean)
        sums = torch.cat([mean * count, (variance + mean**2) * count, mean.new_tensor([count])])
        workers.sum(sums, BATCH_NORM)
        count = float(sums[-1])
        mean, square = (sums[:-1] / count).chunk(2)
        variance = (square - mean**2).clamp(min=0).to(weight.dtype)
        mean = mean.to(weight.dtype)
        ctx.save_for_backward(x, weight, mean, (variance + eps).rsqrt())
        ctx.count, ctx.workers = count, workers
        y = functional.batch_norm(x, mean, variance, weight, bias, training=False, eps=eps)
        ctx.mark_non_differentiable(mean, variance)
        return y, mean, variance, count

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor, Tensor, None, None]:
        x, weight, mean, scale = ctx.saved_tensors
        shape = (1, -1, 1, 1)
        dy = _wide(gradients[0])
        normal = (_wide(x) - mean.view(shape)) * scale.view(shape)
        bias_gradient, weight_gradient = dy.sum(_PIXELS), (dy * normal).sum(_PIXELS)
        # Of the whole batch; the parameters' own gradients are summed with all others.
        sums = ctx.workers.sum(torch.cat([bias_gradient, weight_gradient]).double(), BATCH_NORM) / ctx.count
        plain, along = (one.to(dy.dtype).view(shape) for one in sums.chunk(2))
        dx = (dy - plain - normal * along) * (weight * scale).view(shape)
        return dx.to(x.dtype), weight_gradient, bias_gradient, None, None


def _wide(x: Tensor) -> Tensor:
    """A tensor in float32 at least."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
