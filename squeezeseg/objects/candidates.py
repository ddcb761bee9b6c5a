"""Candidates for objects: pixels grouped twice, to cut an object from the wall that it touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import RangeImage
from squeezeseg.objects.classifier import IS_PERSON
from squeezeseg.objects.grouping import group, group_rest
from squeezeseg.objects.workspace import ObjectsWorkspace

LARGE = 6.5
"""Metres. What is longer than that may be a car with a hedge: it is cut by its labels."""
FAINT = 0.08
"""Probability of being any object above which a pixel is looked at."""


def find_groups(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    ground: NDArray[np.bool_],
    workspace: ObjectsWorkspace | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Groups of pixels that may each be one object.

    What hangs together in space, ground removed, is a structure. A small one with a pixel that may be an object's is
    a group as it is. Of a large one only the pixels that may be an object's are grouped, those that are rather cars
    apart from those that are rather people.

    workspace: to work in, of which the groups are then part. Default: new arrays.

    Returns:
        (H, W) int32: groups from 1, 0 for none; (G,) float32: metres, the length of each group's structure.
    """
    workspace = workspace or ObjectsWorkspace.for_images(*image.sensor.shape)
    kind, structures, groups = workspace.kind, workspace.structures, workspace.groups
    stand(image.mask, ground, kind)
    count, members = group(image.channels, kind, image.sensor, structures, workspace.members)
    length, firsts = np.empty(count, np.float32), np.empty(count, np.int32)
    cut(image.channels, probabilities, structures, members, LARGE, FAINT, IS_PERSON, length, firsts, kind)
    # What was near a pixel of a small structure is of that structure too: these are groups already.
    found, members = group_rest(image.channels, kind, image.sensor, structures, firsts, groups, workspace.members)
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
    person: NDArray[np.bool_],
    length: NDArray[np.float32],
    firsts: NDArray[np.int32],
    kind: NDArray[np.uint8],
) -> None:
    """Fill `length`, `firsts`, and `kind`: 0 no object, 1 part of a small structure, 2 likelier a vehicle, 3 a person.

    firsts: each structure's first pixel. members: the pixels of the structures; `kind` is 0 at all others.
    person: (C,), whether a class is a person's. The length is that of a stick with the structure's variance along its
    longer axis.
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
        if pixels[g] == 0:
            firsts[g] = i
        pixels[g] += 1
        sums[g, 0] += x
        sums[g, 1] += y
        sums[g, 2] += x * x
        sums[g, 3] += x * y
        sums[g, 4] += y * y
        seen[g] |= chances[BACKGROUND, i] < 1 - faint
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
        elif chances[BACKGROUND, i] >= 1 - faint:
            flat_kind[i] = 0
        else:
            people = vehicles = np.float32(0)
            for k in range(BACKGROUND + 1, objects + 1):
                if person[k]:
                    people += chances[k, i]
                else:
                    vehicles += chances[k, i]
            flat_kind[i] = 3 if people > vehicles else 2


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
