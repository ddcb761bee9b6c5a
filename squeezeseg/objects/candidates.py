"""Candidates for objects: pixels grouped twice, to cut an object from the wall that it touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage
from squeezeseg.objects.bits import WORD, pack, within
from squeezeseg.objects.chances import weigh_pixels
from squeezeseg.objects.grouping import NEAR, group
from squeezeseg.objects.runs import Runs
from squeezeseg.objects.workspace import ObjectsWorkspace

LARGE = 6.5
"""Metres. What is longer than that may be a car with a hedge: it is cut by its labels."""


def find_groups(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    ground: NDArray[np.bool_],
) -> tuple[Runs, NDArray[np.float32]]:
    """`group_pixels` of a scan that nothing is known of yet, in a workspace of its own."""
    workspace = ObjectsWorkspace.for_images(*image.sensor.shape)
    weigh_pixels(image, probabilities, np.zeros_like(workspace.labels), workspace)
    return group_pixels(image, ground, workspace)


def group_pixels(
    image: RangeImage, ground: NDArray[np.bool_], workspace: ObjectsWorkspace
) -> tuple[Runs, NDArray[np.float32]]:
    """Groups of pixels that may each be one object.

    What hangs together in space, ground removed, is a structure. A small one with a pixel that may be an object's is
    a group as it is. Of a large one only the pixels that may be an object's are grouped, those that are rather cars
    apart from those that are rather people.

    workspace: to work in, with what `weigh_pixels` filled. The groups are then part of it; its `members` are their
        pixels.

    Returns:
        The groups; (G,) float32: metres, the length of each group's structure.
    """
    work, channels, sensor = workspace, image.channels, image.sensor
    stand(image.mask, ground, work.kinds[0])
    structures = group(channels, sensor, work, work.kinds[:1], work.structures)
    length, whole = np.empty(structures.count + 1, np.float32), np.empty(structures.count + 1, np.bool_)
    kept, known = cut(
        channels, work.maybe, work.person, LARGE, structures.starts, structures.stops, structures.groups,
        length, whole, work.settled, work.kinds, work.known,
    )  # fmt: skip
    structures = structures.first(int(kept), structures.count)
    # What was near a pixel of a small structure is of that structure too: these are groups already.
    groups = group(channels, sensor, work, work.kinds[:2], work.groups, known=work.known[:known], linked=NEAR)
    of_group = np.empty(groups.count, np.float32)
    look_up(groups.starts, groups.groups, structures.stops, structures.groups, length, of_group)
    return groups, of_group


@njit(cache=True, nogil=True)
def stand(mask: NDArray[np.bool_], ground: NDArray[np.bool_], standing: NDArray[np.uint64]) -> None:
    """Fill `standing` (H, K): returns that are not ground."""
    height, width = mask.shape
    row = np.zeros(standing.shape[1] * WORD, np.uint8)
    for r in range(height):
        for c in range(width):
            row[c] = np.uint8(mask[r, c] > ground[r, c])
        pack(row, standing[r])


@njit(cache=True, nogil=True)
def cut(
    channels: NDArray[np.float32],
    maybe: NDArray[np.uint64],
    person: NDArray[np.uint64],
    large: float,
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    structures: NDArray[np.int32],
    length: NDArray[np.float32],
    whole: NDArray[np.bool_],
    settled: NDArray[np.uint64],
    kinds: NDArray[np.uint64],
    known: NDArray[np.int32],
) -> tuple[int, int]:
    """Keep the runs of the structures that may hold an object; return how many, and how many are of small structures.

    Fills `length` (S + 1,); `whole` (S + 1,), whether a structure is small; `settled` (H, K), the pixels of those that
    are, and `known`, a number for the structure of each of their runs, from 0 with no gap; the two planes of `kinds`
    that tell apart parts of a small structure, 1, vehicles, 2, and people, 3. The length is that of a stick with the
    structure's variance along its longer axis.

    structures: (R,), that of each run, from 1.
    """
    width = channels.shape[2]
    flat = channels.reshape(5, -1)
    flat_x, flat_y = flat[0], flat[1]
    pixels, sums = np.zeros(len(length)), np.zeros((len(length), 5))
    seen = np.zeros(len(length), np.bool_)
    r = row = 0  # a row, and the number of its first pixel
    for k in range(len(starts)):
        s = structures[k]
        while starts[k] >= row + width:
            r, row = r + 1, row + width
        if not seen[s]:
            first, last = starts[k] - row, stops[k] - row
            for word in range(first // WORD, (last - 1) // WORD + 1):
                seen[s] |= (maybe[r, word] & within(first, last, word)) != 0
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
    kinds[:2] = 0
    kept = small = numbered = r = row = 0
    number = np.full(len(length), -1, np.int32)
    for k in range(len(starts)):
        start, stop, s = starts[k], stops[k], structures[k]
        if not seen[s]:
            continue
        starts[kept], stops[kept], structures[kept] = start, stop, s
        kept += 1
        if whole[s]:
            if number[s] < 0:
                number[s] = numbered
                numbered += 1
            known[small] = number[s]
            small += 1
        while start >= row + width:
            r, row = r + 1, row + width
        first, last = start - row, stop - row
        for word in range(first // WORD, (last - 1) // WORD + 1):
            bits = within(first, last, word)
            if whole[s]:
                settled[r, word] |= bits
                kinds[0, r, word] |= bits
            else:
                kinds[1, r, word] |= bits & maybe[r, word]
                kinds[0, r, word] |= bits & maybe[r, word] & person[r, word]
    return kept, small


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
