"""Upright rectangles in an image, as (N, 4) arrays: left, top, right, bottom, or centre and size.

KITTI's are of whole pixels, both ends included: a rectangle from column 3 to column 5 is three pixels wide.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def centred(rectangles: Floats) -> Floats:
    """Left, top, right, bottom (both ends included) -> centre x, centre y, width, height."""
    size = rectangles[:, 2:] - rectangles[:, :2] + 1
    return np.concatenate([rectangles[:, :2] + size / 2, size], axis=1)


def cornered(centres: Floats) -> Floats:
    """The inverse of `centred`."""
    start = centres[:, :2] - centres[:, 2:] / 2
    return np.concatenate([start, start + centres[:, 2:] - 1], axis=1)


@njit(cache=True, nogil=True)
def overlaps(one: Floats, other: Floats) -> Floats:
    """(N, M) IoU of rectangles (N, 4) and (M, 4), each centre x, centre y, width, height."""
    result = np.zeros((len(one), len(other)))
    for i in range(len(one)):
        for j in range(len(other)):
            width = min(one[i, 0] + one[i, 2] / 2, other[j, 0] + other[j, 2] / 2) - max(
                one[i, 0] - one[i, 2] / 2, other[j, 0] - other[j, 2] / 2
            )
            height = min(one[i, 1] + one[i, 3] / 2, other[j, 1] + other[j, 3] / 2) - max(
                one[i, 1] - one[i, 3] / 2, other[j, 1] - other[j, 3] / 2
            )
            if width > 0 and height > 0:
                common = width * height
                result[i, j] = common / (one[i, 2] * one[i, 3] + other[j, 2] * other[j, 3] - common)
    return result
