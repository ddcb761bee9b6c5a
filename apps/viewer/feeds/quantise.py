"""The kernels of a packet: coordinates and intensities as small integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

LIMIT = 32767
"""The largest coordinate, in units."""


@njit(cache=True, nogil=True)
def reach_of(points: NDArray[np.float32], order: NDArray[Any]) -> float:
    """The largest |x|, |y| or |z| of the points (N, 4) that `order` (M,) names, in metres; 0 without any."""
    reach = np.float32(0)
    for i in range(len(order)):
        for axis in range(3):
            reach = max(reach, abs(points[order[i], axis]))
    return float(reach)


@njit(cache=True, nogil=True)
def quantise(
    points: NDArray[np.float32],
    order: NDArray[Any],
    per_metre: float,
    xyz: NDArray[np.int16],
    intensity: NDArray[np.uint8],
) -> None:
    """Fill `xyz` (M, 3) with the units, and `intensity` (M,) with 0..255, of the points (N, 4) that `order` (M,) names.

    What lies further out than LIMIT units is moved there, an intensity outside 0..1 to its end; one that is no number
    becomes 0.
    """
    for i in range(len(order)):
        point = points[order[i]]
        for axis in range(3):
            xyz[i, axis] = np.int16(max(-LIMIT, min(LIMIT, np.rint(point[axis] * per_metre))))
        bright = np.float64(point[3])
        intensity[i] = np.uint8(0) if np.isnan(bright) else np.uint8(np.rint(255 * min(max(bright, 0.0), 1.0)))
