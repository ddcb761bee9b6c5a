"""Candidates for objects: pixels grouped twice, to cut an object from the wall that it touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import RangeImage
from squeezeseg.objects.classifier import IS_PERSON
from squeezeseg.objects.grouping import NEAR, SPREAD, group
from squeezeseg.objects.links import link, steps
from squeezeseg.objects.runs import Runs
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
) -> tuple[Runs, NDArray[np.float32]]:
    """Groups of pixels that may each be one object.

    What hangs together in space, ground removed, is a structure. A small one with a pixel that may be an object's is
    a group as it is. Of a large one only the pixels that may be an object's are grouped, those that are rather cars
    apart from those that are rather people.

    workspace: to work in, of which the groups are then part, and `kind`, which is 0 where there is no group, and
        `run_of`. Default: new arrays.

    Returns:
        The groups; (G,) float32: metres, the length of each group's structure.
    """
    work = workspace or ObjectsWorkspace.for_images(*image.sensor.shape)
    channels, sensor = image.channels, image.sensor
    link(channels, *steps(sensor), NEAR, SPREAD, work.links)
    stand(image.mask, ground, work.kind)
    structures = group(channels, sensor, work, work.structures)
    length, whole = np.empty(structures.count + 1, np.float32), np.empty(structures.count + 1, np.bool_)
    kept = cut(
        channels, probabilities, LARGE, FAINT, IS_PERSON,
        structures.starts, structures.stops, structures.groups, length, whole, work.kind,
    )  # fmt: skip
    structures = structures.first(int(kept), structures.count)
    # What was near a pixel of a small structure is of that structure too: these are groups already.
    groups = group(channels, sensor, work, work.groups, within=structures, whole=whole)
    of_group = np.empty(groups.count, np.float32)
    look_up(groups.starts, groups.groups, structures.stops, structures.groups, length, of_group)
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
    large: float,
    faint: float,
    person: NDArray[np.bool_],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    structures: NDArray[np.int32],
    length: NDArray[np.float32],
    whole: NDArray[np.bool_],
    kind: NDArray[np.uint8],
) -> int:
    """Keep the runs of the structures that may hold an object, and return how many these are.

    Fills `length` (S + 1,), `whole` (S + 1,), whether a structure is small, and `kind` in the runs: 0 no object, 1 part
    of a small structure, 2 likelier a vehicle, 3 a person. The length is that of a stick with the structure's variance
    along its longer axis.

    person: (C,), whether a class is a person's. structures: (R,), that of each run, from 1.
    """
    objects = probabilities.shape[0] - 1
    flat, chances = channels.reshape(5, -1), probabilities.reshape(objects + 1, -1)
    flat_x, flat_y, background, flat_kind = flat[0], flat[1], chances[BACKGROUND], kind.reshape(-1)
    pixels, sums = np.zeros(len(length)), np.zeros((len(length), 5))
    seen = np.zeros(len(length), np.bool_)
    for k in range(len(starts)):
        if seen[structures[k]]:
            continue
        for i in range(starts[k], stops[k]):
            if background[i] < 1 - faint:
                seen[structures[k]] = True
                break
    for k in range(len(starts)):
        s = structures[k]
        if not seen[s]:
            continue
        sx = sy = sxx = sxy = syy = 0.0
        for i in range(starts[k], stops[k]):
            x, y = np.float64(flat_x[i]), np.float64(flat_y[i])
            sx, sy = sx + x, sy + y
            sxx, sxy, syy = sxx + x * x, sxy + x * y, syy + y * y
        total = sums[s]
        total[0] += sx
        total[1] += sy
        total[2] += sxx
        total[3] += sxy
        total[4] += syy
        pixels[s] += stops[k] - starts[k]
    for s in range(len(length)):
        n = max(pixels[s], 1.0)
        xx = sums[s, 2] / n - (sums[s, 0] / n) ** 2
        xy = sums[s, 3] / n - sums[s, 0] * sums[s, 1] / (n * n)
        yy = sums[s, 4] / n - (sums[s, 1] / n) ** 2
        longer = 0.5 * (xx + yy) + np.sqrt(0.25 * (xx - yy) ** 2 + xy * xy)
        length[s] = np.sqrt(12 * max(longer, 0.0))
        whole[s] = length[s] <= large
    whole[0] = False
    kept = 0
    for k in range(len(starts)):
        start, stop, s = starts[k], stops[k], structures[k]
        if not seen[s]:
            flat_kind[start:stop] = 0
            continue
        starts[kept], stops[kept], structures[kept] = start, stop, s
        kept += 1
        if whole[s]:
            continue
        for i in range(start, stop):
            if background[i] >= 1 - faint:
                flat_kind[i] = 0
                continue
            people = vehicles = np.float32(0)
            for c in range(BACKGROUND + 1, objects + 1):
                if person[c]:
                    people += chances[c, i]
                else:
                    vehicles += chances[c, i]
            flat_kind[i] = 3 if people > vehicles else 2
    return kept


@njit(cache=True, nogil=True)
def look_up(
    starts: NDArray[np.int32],
    groups: NDArray[np.int32],
    structure_stops: NDArray[np.int32],
    structures: NDArray[np.int32],
    length: NDArray[np.float32],
    of_group: NDArray[np.float32],
) -> None:
    """Fill `of_group` with the length of each group's structure. starts, groups: of runs, each within a structure's."""
    k = 0
    for run in range(len(starts)):
        while structure_stops[k] <= starts[run]:
            k += 1
        of_group[groups[run] - 1] = length[structures[k]]
