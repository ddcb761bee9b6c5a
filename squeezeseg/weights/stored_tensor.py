"""Tensors as a container keeps them: floats, or whole numbers (codes) and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from squeezeseg.coding import Codes

SCALE_UNIT = np.float32(2.0**-10)
"""Of the scales in a file, which are float16: weights' steps are around 1e-3, where float16 begins to lose digits."""
SCALE_LIMITS = float(np.finfo(np.float16).tiny * SCALE_UNIT), float(np.finfo(np.float16).max * SCALE_UNIT)
"""The smallest and the largest scale that a file can keep whole."""


@dataclass(frozen=True, eq=False)
class Floats:
    """A tensor as it is. half: float16 in a file."""

    values: NDArray[np.float32]
    half: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's."""
        return self.values.shape

    def decoded(self) -> NDArray[np.float32]:
        """The tensor."""
        return self.values.astype(np.float16 if self.half else np.float32).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Shared:
    """Weights that share values, as Deep Compression has them: code k > 0 stands for positive[k - 1], -k for
    negative[k - 1], 0 for 0.

    codes: int16 of the tensor's shape. negative, positive: float16, from the one next to zero on.
    """

    codes: Codes
    negative: NDArray[np.float16]
    positive: NDArray[np.float16]

    def __post_init__(self) -> None:
        reach = -len(self.negative), len(self.positive)
        if self.codes.size and not reach[0] <= self.codes.min() <= self.codes.max() <= reach[1]:
            raise ValueError(f"codes from {self.codes.min()} to {self.codes.max()}, of {reach[0]} to {reach[1]}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's."""
        return self.codes.shape

    def decoded(self) -> NDArray[np.float32]:
        """The tensor."""
        values = np.concatenate([self.negative[::-1], np.zeros(1, np.float16), self.positive]).astype(np.float32)
        return np.asarray(values[self.codes.astype(np.int64) + len(self.negative)])


@dataclass(frozen=True, eq=False)
class Uniform:
    """Weights in equal steps: code times the scale of its channel, or of all.

    codes: int16 of the tensor's shape. scales: float16, in `SCALE_UNIT`, one for each channel, or one for all.
    axis: of the channels.
    """

    codes: Codes
    scales: NDArray[np.float16]
    axis: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.axis < self.codes.ndim or len(self.scales) not in (1, self.codes.shape[self.axis]):
            raise ValueError(f"{len(self.scales)} scales for axis {self.axis} of codes {self.codes.shape}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's."""
        return self.codes.shape

    @property
    def steps(self) -> NDArray[np.float32]:
        """What a code of one stands for, to be multiplied with codes."""
        along = [1] * self.codes.ndim
        along[self.axis] = -1
        return (self.scales.astype(np.float32) * SCALE_UNIT).reshape(along)

    def decoded(self) -> NDArray[np.float32]:
        """The tensor."""
        return self.codes.astype(np.float32) * self.steps


StoredTensor = Floats | Shared | Uniform
