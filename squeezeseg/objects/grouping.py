"""Groups of pixels that hang together in space: connected components of the range image.

Two pixels are neighbours if they lie near each other in the image, also across a missing return or two, and near each
other in space. How near grows with range, as the beams spread. No two pixels further apart are ever compared: the idea
is Bogoslavskyi and Stachniss's (Fast range image-based segmentation of sparse 3D laser scans, IROS 2016), whose
criterion is an angle.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import Sensor
from squeezeseg.objects.links import ABOVE, LEFT, flag, link, steps
from squeezeseg.objects.runs import Runs
from squeezeseg.objects.workspace import ObjectsWorkspace

NEAR = 0.2
"""Metres that neighbours may be apart at any range."""
SPREAD = 2.0
"""How many times the distance between two beams, where they hit, is added to that."""
PIXELS = 3
"""Pixels to the left and upwards in which a neighbour is sought: between are missing returns, or a pole in front."""
NONE_WHOLE = np.zeros(1, np.bool_)


def connect(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    sensor: Sensor,
    near: float = NEAR,
    spread: float = SPREAD,
    pixels: int = PIXELS,
) -> tuple[NDArray[np.int32], int]:
    """Groups of pixels of one kind.

    A pixel is joined to the first pixel to its left that is near enough, to the first such one above it and, if there
    is none above, to those diagonally above.

    Args:
        channels: (5, H, W) float32, a range image's.
        kind: (H, W) uint8; 0 belongs to no group, and two different kinds never belong to one.
        sensor: whose image it is; in a full turn the last column is the first one's neighbour.
        near: metres that neighbours may be apart.
        spread: how many times the distance between two beams is added to that.
        pixels: to the left and upwards in which a neighbour is sought.

    Returns:
        (H, W) int32: the number of each pixel's group from 1, in the order of their first pixels, 0 for none; and how
        many groups there are.
    """
    work = ObjectsWorkspace.for_images(*kind.shape)
    np.copyto(work.kind, kind)
    link(channels, *steps(sensor), near, spread, work.links)
    groups = group(channels, sensor, work, work.groups, linked=near, near=near, spread=spread, pixels=pixels)
    return groups.image(*kind.shape), groups.count


def group(
    channels: NDArray[np.float32],
    sensor: Sensor,
    work: ObjectsWorkspace,
    room: Runs,
    *,
    within: Runs | None = None,
    whole: NDArray[np.bool_] = NONE_WHOLE,
    linked: float = NEAR,
    near: float = NEAR,
    spread: float = SPREAD,
    pixels: int = PIXELS,
) -> Runs:
    """`connect`, as runs of pixels.

    Args:
        channels: (5, H, W) float32, a range image's.
        sensor: whose image it is.
        work: with the `kind` and the `links` of the pixels; `flags` and `run_of` are filled.
        room: for the runs.
        within: runs that all pixels to be grouped are in. Default: the rows of the image.
        whole: (S + 1,) bool, for each of `within`'s groups, whether it is a group here too, with all its pixels.
        linked: the `near` that the links were made with, no more than this one; their `spread` is this one.
        near: metres that neighbours may be apart.
        spread: how many times the distance between two beams is added to that.
        pixels: to the left and upwards in which a neighbour is sought.
    """
    within = within or Runs.rows(*sensor.shape)
    column_step, row_steps = steps(sensor)
    flag(work.kind, work.links, work.flags)
    told = 1 if near == linked else 0  # steps, of which the links tell all
    runs, count = join(
        channels, work.kind, work.flags, within.starts, within.stops, within.groups, whole,
        column_step, row_steps, near, spread, told, min(pixels, sensor.columns - 1), sensor.full_turn,
        work.run_of, room.starts, room.stops, room.groups,
    )  # fmt: skip
    return room.first(int(runs), int(count))


@njit(cache=True, nogil=True)
def join(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    within_starts: NDArray[np.int32],
    within_stops: NDArray[np.int32],
    within_groups: NDArray[np.int32],
    whole: NDArray[np.bool_],
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    told: int,
    pixels: int,
    wrap: bool,
    run_of: NDArray[np.int32],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    groups: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill `run_of`, `starts`, `stops` and `groups`; return how many runs and groups there are.

    Union-find over runs. `groups` holds their trees until all are joined; a root is the first run of its tree.
    """
    height, width = kind.shape
    flat_kind, flat_flags, flat_run = kind.reshape(-1), flags.reshape(-1), run_of.reshape(-1)
    flat = channels.reshape(5, -1)
    x, y, z, away = flat[0], flat[1], flat[2], flat[4]
    base, factor, across = np.float32(near), np.float32(spread), np.float32(column_step)
    firsts = np.full(len(whole), -1, np.int32)  # run of each whole group
    seams, seam = np.empty((height * pixels, 2), np.int32), 0  # a run, and the pixel of its row's end that it joins
    runs, r, row = 0, 0, 0  # r: the row, row: its first pixel
    for k in range(len(within_starts)):
        start, stop, other = within_starts[k], within_stops[k], within_groups[k]
        if whole[other]:
            if firsts[other] < 0:
                firsts[other] = runs
            starts[runs], stops[runs], groups[runs] = start, stop, firsts[other]
            flat_run[start:stop] = runs
            runs += 1
            continue
        while start >= row + width:
            r, row = r + 1, row + width
        run, joined = -1, -1
        for i in range(max(start, 0), stop):  # not negative: indexing needs no check
            flag = flat_flags[i]
            if flag == 0:
                continue
            if flag & LEFT == 0:
                run, joined = runs, -1
                starts[run], groups[run] = i, run
                runs += 1
                for step in range(told + 1 if i > row else 1, pixels + 1):
                    j = i - step
                    if j < row:
                        if not wrap:
                            break
                        j += width
                    if flat_kind[j] == flat_kind[i] and _near(
                        x, y, z, away, i, j, base, factor * (across * np.float32(step))
                    ):
                        if j < i:
                            _join(groups, run, flat_run[j])
                        else:
                            seams[seam, 0], seams[seam, 1] = run, j
                            seam += 1
                        break
            flat_run[i] = run
            stops[run] = i + 1
            if flag & ABOVE:
                above = flat_run[i - width]
                if above != joined:
                    _join(groups, run, above)
                    joined = above
                continue
            here, found = flat_kind[i], False
            for step in range(told + 1, min(pixels, r) + 1):
                j = i - step * width
                if flat_kind[j] == here and _near(x, y, z, away, i, j, base, factor * row_steps[r, r - step]):
                    _join(groups, run, flat_run[j])
                    found = True
                    break
            if found or r == 0:
                continue
            # Both diagonals, where nothing right above is near.
            for side in (-1, 1):
                j = i - width + side
                if j < row - width or j >= row:
                    if not wrap:
                        continue
                    j -= side * width
                if flat_kind[j] == here and _near(x, y, z, away, i, j, base, factor * (row_steps[r, r - 1] + across)):
                    _join(groups, run, flat_run[j])
    for k in range(seam):
        _join(groups, seams[k, 0], flat_run[seams[k, 1]])
    return runs, _number(groups[:runs])


@njit(cache=True, nogil=True)
def _join(parent: NDArray[np.int32], i: int, j: int) -> None:
    """Make two trees one; a root is the first of its tree."""
    if parent[i] == parent[j]:
        return
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    while parent[j] != j:
        parent[j] = parent[parent[j]]
        j = parent[j]
    if i < j:
        parent[j] = i
    else:
        parent[i] = j


@njit(cache=True, nogil=True)
def _number(parent: NDArray[np.int32]) -> int:
    """Trees to numbers from 1. A root comes before the others of its tree."""
    count = 0
    for run in range(parent.size):
        if parent[run] == run:
            count += 1
            parent[run] = -count  # negative, to tell it from a parent
        else:
            parent[run] = parent[parent[run]]
    for run in range(parent.size):
        parent[run] = -parent[run]
    return count


@njit(cache=True, nogil=True)
def _near(x, y, z, away, i, j, base, slope):  # type: ignore[no-untyped-def]
    """True if two pixels are no further apart than base + slope * range."""
    reach = base + slope * min(away[i], away[j])
    dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
    return dx * dx + dy * dy + dz * dz <= reach * reach
