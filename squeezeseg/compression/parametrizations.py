"""Weights that are trained as what a file will keep of them: their zeros held, their values shared, or rounded."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from squeezeseg.quantizers.learned_step import changed, code_limits, learned_step
from squeezeseg.weights.stored_tensor import SCALE_LIMITS, SCALE_UNIT, Floats, Shared, Uniform


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


class HeldZeros(nn.Module):
    """Weights that are pruned stay zero, the others are trained."""

    kept: Tensor

    def __init__(self, kept: NDArray[np.bool_]) -> None:
        super().__init__()
        self.register_buffer("kept", torch.from_numpy(kept))

    def forward(self, weight: Tensor) -> Tensor:
        """Weights to those that are left."""
        return weight * self.kept

    def stored(self, weight: Tensor) -> Floats:
        """What a file keeps of it."""
        return Floats((weight * self.kept).detach().float().cpu().numpy())


class EqualSteps(nn.Module):
    """Weights are rounded to whole steps in the forward pass, and trained as if they weren't.

    price: squared error in steps that a code must save to change from what it was; see `update`.
    """

    step: Tensor
    codes: Tensor

    def __init__(self, uniform: Uniform, price: float = 0.0) -> None:
        super().__init__()
        self.axis, self.price = uniform.axis, price
        self.register_buffer("step", _steps(uniform))
        if price:
            self.register_buffer("codes", torch.from_numpy(uniform.codes.astype(np.float32)))

    def forward(self, weight: Tensor) -> Tensor:
        """Weights to rounded ones."""
        return weight + (self._codes(weight) * self.step - weight).detach()

    def stored(self, weight: Tensor) -> Uniform:
        """What a file keeps of it."""
        scales = (self.step.cpu().numpy().ravel() / SCALE_UNIT).astype(np.float16)
        return Uniform(self._codes(weight).detach().cpu().numpy().astype(np.int16), scales, self.axis)

    def _codes(self, weight: Tensor) -> Tensor:
        nearest = torch.round(weight / self.step).clamp(-255, 255)
        if not self.price:
            return nearest
        saved = (weight / self.step - self.codes) ** 2 - (weight / self.step - nearest) ** 2
        return torch.where(saved > self.price, nearest, self.codes)


class LearnedSteps(nn.Module):
    """Weights are rounded to whole steps, which are learned for each channel (LSQ).

    bits: of a code, -2^(bits-1) ... 2^(bits-1) - 1.
    """

    start: Tensor

    def __init__(self, uniform: Uniform, bits: int) -> None:
        super().__init__()
        self.axis = uniform.axis
        self.least, self.most = code_limits(bits)
        self.register_buffer("start", _steps(uniform))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Weights, and the change of their steps, to start from."""
        return weight, torch.zeros_like(self.start)

    def forward(self, weight: Tensor, change: Tensor) -> Tensor:
        """Weights to rounded ones."""
        return learned_step(weight, self._steps(change), self.least, self.most)

    def stored(self, weight: Tensor, change: Tensor) -> Uniform:
        """What a file keeps of it."""
        scales = (self._steps(change).detach().cpu().numpy().ravel() / SCALE_UNIT).astype(np.float16)
        steps = torch.from_numpy(scales.astype(np.float32) * SCALE_UNIT).reshape(self.start.shape)
        codes = (weight.detach().cpu() / steps).clamp(self.least, self.most).round()
        return Uniform(codes.numpy().astype(np.int16), scales, self.axis)

    def _steps(self, change: Tensor) -> Tensor:
        return changed(self.start, change).clamp(*SCALE_LIMITS)


def _steps(uniform: Uniform) -> Tensor:
    """The steps of codes, of a shape that is broadcast to theirs."""
    along = [1] * uniform.codes.ndim
    along[uniform.axis] = -1
    return torch.from_numpy(uniform.scales.astype(np.float32) * SCALE_UNIT).reshape(along)
