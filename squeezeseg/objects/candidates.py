"""Which pixels may be objects, and how they are grouped: twice, to cut an object from the wall that it touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage
from squeezeseg.objects.grouping import connect

LARGE = 6.5
"""Metres. What is longer than that may be a car with a hedge: it is cut by its labels."""
FAINT = 0.08
"""Probability of being any object above which a pixel is looked at."""


def find_groups(
    image: RangeImage, probabilities: NDArray[np.float32], ground: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Groups of pixels that may each be one object.

    What hangs together in space, ground removed, is a structure. A small one with a pixel that may be an object's is
    a group as it is. Of a large one only the pixels that may be an object's are grouped, those that are rather cars
    apart from those that are rather people.

    Returns:
        (H, W) int32: groups from 1, 0 for none; (G,) float32: metres, the length of each group's structure.
    """
    kind = (image.mask & ~ground).astype(np.uint8)
    structures, count = connect(image.channels, kind, image.sensor)
    length = np.empty(count, np.float32)
    cut(image.channels, probabilities, structures, LARGE, FAINT, length, kind)
    groups, found = connect(image.channels, kind, image.sensor)
    of_group = np.empty(found, np.float32)
    look_up(groups, structures, length, of_group)
    return groups, of_group


@njit(cache=True, nogil=True)
def cut(
    channels: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    structures: NDArray[np.int32],
    large: float,
    faint: float,
    length: NDArray[np.float32],
    kind: NDArray[np.uint8],
) -> None:
    """Fill `length`, and `kind`: 0 no object, 1 part of a small structure, 2 rather a car, 3 rather a person.

    The length is that of a stick with the structure's variance along its longer axis.
    """
    count = len(length)
    height, width = structures.shape
    objects = probabilities.shape[0] - 1
    pixels, sums = np.zeros(count), np.zeros((count, 5))
    seen = np.zeros(count, np.bool_)
    for r in range(height):
        for c in range(width):
            g = structures[r, c] - 1
            if g < 0:
                continue
            x, y = np.float64(channels[0, r, c]), np.float64(channels[1, r, c])
            pixels[g] += 1
            sums[g, 0] += x
            sums[g, 1] += y
            sums[g, 2] += x * x
            sums[g, 3] += x * y
            sums[g, 4] += y * y
            seen[g] |= probabilities[0, r, c] < 1 - faint
    for g in range(count):
        n = pixels[g]
        xx = sums[g, 2] / n - (sums[g, 0] / n) ** 2
        xy = sums[g, 3] / n - sums[g, 0] * sums[g, 1] / (n * n)
        yy = sums[g, 4] / n - (sums[g, 1] / n) ** 2
        longer = 0.5 * (xx + yy) + np.sqrt(0.25 * (xx - yy) ** 2 + xy * xy)
        length[g] = np.sqrt(12 * max(longer, 0.0))
    for r in range(height):
        for c in range(width):
            g = structures[r, c] - 1
            if g < 0 or not seen[g]:
                kind[r, c] = 0
            elif length[g] <= large:
                kind[r, c] = 1
            elif probabilities[0, r, c] >= 1 - faint:
                kind[r, c] = 0
            else:
                people = np.float32(0)
                for k in range(2, objects + 1):
                    people += probabilities[k, r, c]
                kind[r, c] = 3 if people > probabilities[1, r, c] else 2


@njit(cache=True, nogil=True)
def look_up(
    groups: NDArray[np.int32], structures: NDArray[np.int32], length: NDArray[np.float32], of_group: NDArray[np.float32]
) -> None:
    """Fill `of_group` with the length of each group's structure."""
    for r in range(groups.shape[0]):
        for c in range(groups.shape[1]):
            if groups[r, c] > 0:
                of_group[groups[r, c] - 1] = length[structures[r, c] - 1]
