"""Weights that are trained as what a file will keep of them: their zeros held, their values shared, or rounded."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from squeezeseg.weights.stored_tensor import SCALE_LIMITS, SCALE_UNIT, Shared, Uniform


class SharedValues(nn.Module):
    """The values that weights share are trained, which of them a weight has stays; so do zeros.

    A value's gradient is the sum of its weights' (Deep Compression, section 3.3).
    """

    codes: Tensor

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.negatives = len(shared.negative)
        self.register_buffer("codes", torch.from_numpy(shared.codes.astype(np.int64)))
        values = np.concatenate([shared.negative[::-1], shared.positive]).astype(np.float32)
        self._start = torch.from_numpy(values)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """The values to start from (n,), whatever the weights are."""
        return self._start.clone()

    def forward(self, values: Tensor) -> Tensor:
        """Values (n,), ascending without zero, to weights."""
        zero = values.new_zeros(1)
        return torch.cat([values[: self.negatives], zero, values[self.negatives :]])[self.codes + self.negatives]

    def stored(self, values: Tensor) -> Shared:
        """What a file keeps of it."""
        kept = values.detach().cpu().numpy().astype(np.float16)
        return Shared(self.codes.cpu().numpy().astype(np.int16), kept[: self.negatives][::-1], kept[self.negatives :])


class EqualSteps(nn.Module):
    """Weights are rounded to whole steps in the forward pass, and trained as if they weren't."""

    step: Tensor

    def __init__(self, uniform: Uniform) -> None:
        super().__init__()
        self.axis = uniform.axis
        along = [1] * uniform.codes.ndim
        along[uniform.axis] = -1
        steps = torch.from_numpy(uniform.scales.astype(np.float32) * SCALE_UNIT).reshape(along)
        self.register_buffer("step", steps)

    def forward(self, weight: Tensor) -> Tensor:
        """Weights to rounded ones."""
        return weight + (self._codes(weight) * self.step - weight).detach()

    def stored(self, weight: Tensor) -> Uniform:
        """What a file keeps of it."""
        scales = (self.step.cpu().numpy().ravel() / SCALE_UNIT).astype(np.float16)
        return Uniform(self._codes(weight).detach().cpu().numpy().astype(np.int16), scales, self.axis)

    def _codes(self, weight: Tensor) -> Tensor:
        return torch.round(weight / self.step).clamp(-255, 255)


class LearnedSteps(nn.Module):
    """Weights are rounded to whole steps, which are learned for each channel: LSQ (Esser et al., arXiv 1902.08153).

    bits: of a code, -2^(bits-1) ... 2^(bits-1) - 1.
    """

    def __init__(self, uniform: Uniform, bits: int) -> None:
        super().__init__()
        self.axis, self.least, self.most = uniform.axis, -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        along = [1] * uniform.codes.ndim
        along[uniform.axis] = -1
        self._start = torch.from_numpy(uniform.scales.astype(np.float32) * SCALE_UNIT).reshape(along)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Weights and steps to start from."""
        return weight, self._start.clone()

    def forward(self, weight: Tensor, step: Tensor) -> Tensor:
        """Weights to rounded ones. A step's gradient is divided by sqrt(weights that share it x most)."""
        slow = (weight.numel() / step.numel() * self.most) ** -0.5
        step = self._positive(step * slow + (step * (1 - slow)).detach())
        codes = (weight / step).clamp(self.least, self.most)
        return (codes + (codes.round() - codes).detach()) * step

    def stored(self, weight: Tensor, step: Tensor) -> Uniform:
        """What a file keeps of it."""
        scales = (self._positive(step).detach().cpu().numpy().ravel() / SCALE_UNIT).astype(np.float16)
        steps = torch.from_numpy(scales.astype(np.float32) * SCALE_UNIT).reshape(step.shape)
        codes = (weight.detach().cpu() / steps).clamp(self.least, self.most).round()
        return Uniform(codes.numpy().astype(np.int16), scales, self.axis)

    @staticmethod
    def _positive(step: Tensor) -> Tensor:
        return step.clamp(min=SCALE_LIMITS[0], max=SCALE_LIMITS[1])
