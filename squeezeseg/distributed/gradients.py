"""Gradients on their way between workers: summed as they are, in 16 bits, or as products of thin matrices."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook import PowerSGDState, powerSGD_hook
from torch.nn.parallel import DistributedDataParallel

from squeezeseg.distributed.exchange import HookName
from squeezeseg.distributed.workers import GRADIENTS, Workers

PLAIN_SHARE = 0.1
"""Of the steps, at first, in which PowerSGD sends gradients as they are: they change too fast for its memory."""
PLAIN_STEPS = 2, 1000
"""That this is at the least and at the most."""
_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "plain": default_hooks.allreduce_hook,
    "fp16": default_hooks.fp16_compress_hook,
    "bf16": default_hooks.bf16_compress_hook,
}


def plain_steps(steps: int, done: int = 0) -> int:
    """Steps from now on in which PowerSGD sends gradients as they are, of a run of `steps` of which some are done."""
    least, most = PLAIN_STEPS
    return max(least, min(most, round(PLAIN_SHARE * steps)) - done)


def shared(module: nn.Module, workers: Workers, hook: HookName, plain: int) -> DistributedDataParallel:
    """A module whose gradients are the mean of all workers', after each pass backwards.

    hook: how they go. plain: steps before PowerSGD begins, see `plain_steps`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the option has a new name in newer versions
        result = DistributedDataParallel(module, broadcast_buffers=False)
    group, state = workers.group(GRADIENTS), None
    if hook in _PLAIN:
        send = _PLAIN[hook]

        def pass_on(state: Any, bucket: Any) -> Any:
            # PyTorch refuses its own bf16 hook by name where there is no NCCL, though Gloo sums bfloat16.
            return send(state, bucket)

        pass_on.__annotations__ = {}  # PyTorch compares them with types, and here they are text
        result.register_comm_hook(group, pass_on)
        return result
    state = PowerSGDState(group, matrix_approximation_rank=int(hook.rpartition("-")[2]), start_powerSGD_iter=plain)

    def wait(state: Any, bucket: Any) -> Any:
        # Its sums follow one another from other threads: those of two buckets would mix.
        done = powerSGD_hook(state, bucket)
        done.wait()
        return done

    wait.__annotations__ = {}
    result.register_comm_hook(state, wait)
    return result


def compressed_bytes(shapes: Sequence[Sequence[int]], hook: HookName) -> int:
    """Bytes of a step's gradients of parameters of these shapes, float32, as a hook hands them to collectives.

    PowerSGD of rank r sends (n + m) r numbers for a weight of (n, m), where those are fewer than half.
    """
    total = 0
    for shape in shapes:
        size = torch.Size(shape).numel()
        if hook in ("fp16", "bf16"):
            total += 2 * size
            continue
        total += 4 * size
        if hook != "plain" and len(shape) > 0:
            n, m = shape[0], size // shape[0]
            rank = min(n, m, int(hook.rpartition("-")[2]))
            if 2 * (n + m) * rank < size:
                total += 4 * ((n + m) * rank - size)
    return total
