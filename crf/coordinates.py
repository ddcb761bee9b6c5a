"""Coordinates of pixels, of which the CRF takes the distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Three = tuple[np.float32, np.float32, np.float32]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Where the pixels of B images are, each of S columns: (values - mean) * scale.

    Images that show parts of a full turn need no coordinates of their own: they are read where the turn's are.

    values: (B, 3 or more, H, W) float32: x, y, z, and channels that aren't looked at.
    starts: (B,) int64, the column of the values that is each image's first; the others follow, around.
    mean, scale: of x, y and z.
    around: W.
    """

    values: Float32
    starts: NDArray[np.int64]
    mean: Three
    scale: Three
    around: int

    @classmethod
    def of(cls, values: Float32, starts: NDArray[np.int64], mean: Float32, scale: Float32) -> Coordinates:
        """Of values whose first three means and scales are these."""
        return cls(values, starts, _three(mean), _three(scale), values.shape[-1])

    @classmethod
    def normalised(cls, values: Float32, columns: int) -> Coordinates:
        """Of values (B, 3 or more, H, S) that are coordinates themselves, of images of so many columns."""
        return cls(values, np.zeros(len(values), np.int64), _three(np.zeros(3)), _three(np.ones(3)), columns)

    def image(self, k: int, columns: int) -> Float32:
        """Coordinates (3, H, S) of image k."""
        shown = (self.starts[k] + np.arange(columns)) % self.around
        mean, scale = (np.array(three, np.float32)[:, None, None] for three in (self.mean, self.scale))
        return np.asarray((self.values[k, :3, :, shown].transpose(1, 2, 0) - mean) * scale, np.float32)


def _three(values: NDArray[np.floating]) -> Three:
    x, y, z = (np.float32(value) for value in values[:3])
    return x, y, z
