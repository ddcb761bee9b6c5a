"""PACT: activations clipped where that is learned, and rounded to equal steps below (Choi et al., arXiv 1805.06085)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from squeezeseg.quantizers.learned_step import changed

_AT_FIRST = 6.0
"""The clip to start from, in root mean squares of the activations."""


def learned_clip(values: Tensor, clip: Tensor, most: int) -> Tensor:
    """Values clipped to 0 ... clip, then rounded to whole numbers of clip / most.

    A value's gradient passes from 0 up to the clip; the clip's is the sum of those of the values from it on
    (section 3, equation 3).

    clip: above 0, one number for all.
    """
    rounded: Tensor = _LearnedClip.apply(values, clip, most)  # type: ignore[no-untyped-call]
    return rounded


class LearnedClip(nn.Module):
    """Activations behind a ReLU, clipped and rounded to codes 0 ... 2^bits - 1."""

    start: Tensor

    def __init__(self, bits: int, seen: Tensor) -> None:
        """seen: such activations, of which the clip starts."""
        super().__init__()
        self.most = (1 << bits) - 1
        clip = _AT_FIRST * seen.detach().float().square().mean().sqrt()
        self.register_buffer("start", clip.clamp(min=1e-6))
        self.change = nn.Parameter(torch.zeros_like(self.start))

    def forward(self, x: Tensor) -> Tensor:
        """Activations to rounded ones, in the type they came in."""
        return learned_clip(x.float(), changed(self.start, self.change), self.most).to(x.dtype)


class _LearnedClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, clip: Tensor, most: int) -> Tensor:
        ctx.save_for_backward(values, clip)
        step = clip / most
        return (values / step).clamp(0, most).round_() * step

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        values, clip = ctx.saved_tensors
        beyond = values >= clip
        of_values = gradient * ((values >= 0) & ~beyond) if ctx.needs_input_grad[0] else None
        of_clip = (gradient * beyond).sum_to_size(clip.shape) if ctx.needs_input_grad[1] else None
        return of_values, of_clip, None
