"""LSQ: numbers rounded to whole steps whose size is learned (Esser et al., arXiv 1902.08153)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

_SPEED = 10.0
"""Relative change of a step for a change of 1 in what is trained."""


def code_limits(bits: int, *, signed: bool = True) -> tuple[int, int]:
    """The least and the largest code of so many bits."""
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def learned_step(values: Tensor, step: Tensor, least: int, most: int) -> Tensor:
    """Values as whole numbers of steps, from least to most.

    A value's gradient passes where its code is not limited. A step's is that of LSQ's equation 3, over
    sqrt(N x most), where N values share the step.

    step: above 0; of a shape that is broadcast to that of the values.
    """
    rounded: Tensor = _LearnedStep.apply(values, step, least, most)  # type: ignore[no-untyped-call]
    return rounded


def first_step(values: Tensor, most: int) -> Tensor:
    """The step to start from, one for all values: 2 mean |v| / sqrt(most)."""
    return (values.detach().abs().mean() * (2 / math.sqrt(most))).clamp(min=1e-8)


def changed(start: Tensor, change: Tensor) -> Tensor:
    """Steps after a change that is trained, 0 at first: they stay above 0, and an optimiser that takes steps of a size
    of its own, as Adam does, changes small ones and large ones by the same share.
    """
    return torch.mul(start, (_SPEED * change).exp())


class LearnedStep(nn.Module):
    """Activations behind a ReLU, rounded to codes 0 ... 2^bits - 1 of one learned step."""

    start: Tensor

    def __init__(self, bits: int, seen: Tensor) -> None:
        """seen: such activations, of which the step starts."""
        super().__init__()
        self.least, self.most = code_limits(bits, signed=False)
        self.register_buffer("start", first_step(seen.float(), self.most))
        self.change = nn.Parameter(torch.zeros_like(self.start))

    def forward(self, x: Tensor) -> Tensor:
        """Activations to rounded ones, in the type they came in."""
        return learned_step(x.float(), changed(self.start, self.change), self.least, self.most).to(x.dtype)


class _LearnedStep(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, step: Tensor, least: int, most: int) -> Tensor:
        steps = values / step
        codes = steps.clamp(least, most).round_()
        ctx.save_for_backward(steps, codes, step)
        ctx.limits = least, most
        return codes * step

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        steps, codes, step = ctx.saved_tensors
        least, most = ctx.limits
        within = (steps >= least) & (steps <= most)
        of_values = gradient * within if ctx.needs_input_grad[0] else None
        of_step = None
        if ctx.needs_input_grad[1]:
            slow = (gradient.numel() / step.numel() * most) ** -0.5
            of_step = (gradient * (codes - steps * within)).sum_to_size(step.shape) * slow
        return of_values, of_step, None, None
