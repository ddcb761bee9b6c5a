"""Which pixels may be objects, and how they are grouped: twice, to cut an object from the wall that it touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage
from squeezeseg.objects.grouping import group
from squeezeseg.objects.workspace import Workspace

LARGE = 6.5
"""Metres. What is longer than that may be a car with a hedge: it is cut by its labels."""
FAINT = 0.08
"""Probability of being any object above which a pixel is looked at."""


def find_groups(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    ground: NDArray[np.bool_],
    work: Workspace | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Groups of pixels that may each be one object.

    What hangs together in space, ground removed, is a structure. A small one with a pixel that may be an object's is
    a group as it is. Of a large one only the pixels that may be an object's are grouped, those that are rather cars
    apart from those that are rather people.

    work: memory to work in, of which the groups are then part. Default: new arrays.

    Returns:
        (H, W) int32: groups from 1, 0 for none; (G,) float32: metres, the length of each group's structure.
    """
    work = work or Workspace.for_images(*image.sensor.shape)
    kind, structures, groups = work.kind, work.structures, work.groups
    stand(image.mask, ground, kind)
    count, members = group(image.channels, kind, image.sensor, structures, work.members)
    length = np.empty(count, np.float32)
    cut(image.channels, probabilities, structures, members, LARGE, FAINT, length, kind)
    found, members = group(image.channels, kind, image.sensor, groups, work.members)
    of_group = np.empty(found, np.float32)
    look_up(groups, structures, members, length, of_group)
    return groups, of_group


@njit(cache=True, nogil=True)
def stand(mask: NDArray[np.bool_], ground: NDArray[np.bool_], kind: NDArray[np.uint8]) -> None:
    """Fill `kind`: 1 where a return is not ground."""
    flat_mask, flat_ground, flat_kind = mask.reshape(-1), ground.reshape(-1), kind.reshape(-1)
    for i in range(flat_kind.size):
        flat_kind[i] = np.uint8(1) if flat_mask[i] > flat_ground[i] else np.uint8(0)


@njit(cache=True, nogil=True)
def cut(
    channels: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    structures: NDArray[np.int32],
    members: NDArray[np.int32],
    large: float,
    faint: float,
    length: NDArray[np.float32],
    kind: NDArray[np.uint8],
) -> None:
    """Fill `length`, and `kind`: 0 no object, 1 part of a small structure, 2 rather a car, 3 rather a person.

    members: the pixels of the structures; `kind` is 0 at all others. The length is that of a stick with the structure's
    variance along its longer axis.
    """
    count = len(length)
    objects = probabilities.shape[0] - 1
    flat, chances = channels.reshape(5, -1), probabilities.reshape(objects + 1, -1)
    of_pixel, flat_kind = structures.reshape(-1), kind.reshape(-1)
    pixels, sums = np.zeros(count), np.zeros((count, 5))
    seen = np.zeros(count, np.bool_)
    for i in members:
        g = of_pixel[i] - 1
        x, y = np.float64(flat[0, i]), np.float64(flat[1, i])
        pixels[g] += 1
        sums[g, 0] += x
        sums[g, 1] += y
        sums[g, 2] += x * x
        sums[g, 3] += x * y
        sums[g, 4] += y * y
        seen[g] |= chances[0, i] < 1 - faint
    for g in range(count):
        n = pixels[g]
        xx = sums[g, 2] / n - (sums[g, 0] / n) ** 2
        xy = sums[g, 3] / n - sums[g, 0] * sums[g, 1] / (n * n)
        yy = sums[g, 4] / n - (sums[g, 1] / n) ** 2
        longer = 0.5 * (xx + yy) + np.sqrt(0.25 * (xx - yy) ** 2 + xy * xy)
        length[g] = np.sqrt(12 * max(longer, 0.0))
    for i in members:
        g = of_pixel[i] - 1
        if not seen[g]:
            flat_kind[i] = 0
        elif length[g] <= large:
            flat_kind[i] = 1
        elif chances[0, i] >= 1 - faint:
            flat_kind[i] = 0
        else:
            people = np.float32(0)
            for k in range(2, objects + 1):
                people += chances[k, i]
            flat_kind[i] = 3 if people > chances[1, i] else 2


@njit(cache=True, nogil=True)
def look_up(
    groups: NDArray[np.int32],
    structures: NDArray[np.int32],
    members: NDArray[np.int32],
    length: NDArray[np.float32],
    of_group: NDArray[np.float32],
) -> None:
    """Fill `of_group` with the length of each group's structure. members: the pixels of the groups."""
    of_pixel, whole = groups.reshape(-1), structures.reshape(-1)
    for i in members:
        of_group[of_pixel[i] - 1] = length[whole[i] - 1]
