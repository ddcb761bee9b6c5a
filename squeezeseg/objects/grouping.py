"""Groups of pixels that hang together in space: connected components of the range image.

Two pixels are neighbours if they lie near each other in the image, also across a missing return or two, and near each
other in space. How near grows with range, as the beams spread. No two pixels further apart are ever compared: the idea
is Bogoslavskyi and Stachniss's (Fast range image-based segmentation of sparse 3D laser scans, IROS 2016), whose
criterion is an angle.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import Sensor

NEAR = 0.2
"""Metres that neighbours may be apart at any range."""
SPREAD = 2.0
"""How many times the distance between two beams, where they hit, is added to that."""
PIXELS = 3
"""Pixels to the left and upwards in which a neighbour is sought: between are missing returns, or a pole in front."""


@lru_cache(maxsize=8)
def steps(sensor: Sensor) -> tuple[float, NDArray[np.float32]]:
    """Angles in radians: from one column to the next, and (H, H) between any two rows."""
    elevation = np.deg2rad(sensor.elevations)
    rows = np.abs(elevation[:, None] - elevation[None]).astype(np.float32)
    rows.flags.writeable = False
    return float(np.deg2rad((sensor.azimuth_left - sensor.azimuth_right) / sensor.columns)), rows


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
    groups, members = np.empty(kind.shape, np.int32), np.empty(kind.size, np.int32)
    return groups, group(channels, kind, sensor, groups, members, near, spread, pixels)[0]


def group(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    sensor: Sensor,
    groups: NDArray[np.int32],
    members: NDArray[np.int32],
    near: float = NEAR,
    spread: float = SPREAD,
    pixels: int = PIXELS,
) -> tuple[int, NDArray[np.int32]]:
    """`connect`, which fills `groups` (H, W) and `members` (H W,).

    Returns:
        How many groups there are; (M,) int32, the flat numbers of the pixels that are in any, rising: a part of
        `members`.
    """
    column_step, row_steps = steps(sensor)
    count, size = unite(channels, kind, column_step, row_steps, near, spread, pixels, sensor.full_turn, groups, members)
    return int(count), members[:size]


def group_rest(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    sensor: Sensor,
    structures: NDArray[np.int32],
    firsts: NDArray[np.int32],
    groups: NDArray[np.int32],
    members: NDArray[np.int32],
) -> tuple[int, NDArray[np.int32]]:
    """`group`, faster where the pixels of kind 1 are all those of some of the groups of a call before.

    structures: (H, W) int32, those groups. firsts: (S,) int32, the first pixel of each.
    """
    column_step, row_steps = steps(sensor)
    count, size = unite_rest(
        channels, kind, structures, firsts, column_step, row_steps, NEAR, SPREAD, PIXELS, sensor.full_turn,
        groups, members,
    )  # fmt: skip
    return int(count), members[:size]


@njit(cache=True, nogil=True)
def _join(parent: NDArray[np.int32], i: int, j: int) -> None:
    """Make two trees one; a root is the first pixel of its tree."""
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
def unite(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    pixels: int,
    wrap: bool,
    groups: NDArray[np.int32],
    members: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill `groups` and `members`; return how many there are of each. row_steps: (H, H) radians, between rows."""
    size = _begin(kind, groups, members)
    _join_near(channels, kind, 0, column_step, row_steps, near, spread, pixels, wrap, groups, members[:size])
    return _number(groups, members[:size]), size


@njit(cache=True, nogil=True)
def unite_rest(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    structures: NDArray[np.int32],
    firsts: NDArray[np.int32],
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    pixels: int,
    wrap: bool,
    groups: NDArray[np.int32],
    members: NDArray[np.int32],
) -> tuple[int, int]:
    """`unite`, where pixels of kind 1 are groups already: whole ones of `structures`, of the first pixels `firsts`."""
    size = _begin(kind, groups, members)
    parent, flat_kind, whole = groups.reshape(-1), kind.reshape(-1), structures.reshape(-1)
    for i in members[:size]:
        if flat_kind[i] == 1:
            parent[i] = firsts[whole[i] - 1]
    _join_near(channels, kind, 1, column_step, row_steps, near, spread, pixels, wrap, groups, members[:size])
    return _number(groups, members[:size]), size


@njit(cache=True, nogil=True)
def _begin(kind: NDArray[np.uint8], groups: NDArray[np.int32], members: NDArray[np.int32]) -> int:
    """Make each pixel a tree of its own, list them in `members` and return how many there are."""
    parent, flat_kind = groups.reshape(-1), kind.reshape(-1)
    size = 0
    for i in range(flat_kind.size):
        parent[i] = i if flat_kind[i] != 0 else 0
        members[size] = i
        size += flat_kind[i] != 0
    return size


@njit(cache=True, nogil=True)
def _number(groups: NDArray[np.int32], members: NDArray[np.int32]) -> int:
    """Trees to numbers from 1. A root comes before the others of its group."""
    parent = groups.reshape(-1)
    count = 0
    for i in members:
        if parent[i] == i:
            count += 1
            parent[i] = -count  # negative, to tell it from a parent
        else:
            parent[i] = parent[parent[i]]
    for i in members:
        parent[i] = -parent[i]
    return count


@njit(cache=True, nogil=True)
def _join_near(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    settled: int,
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    pixels: int,
    wrap: bool,
    groups: NDArray[np.int32],
    members: NDArray[np.int32],
) -> None:
    """Make one tree of pixels that are near each other, but for those of the kind `settled`."""
    width = kind.shape[1]
    parent, flat_kind = groups.reshape(-1), kind.reshape(-1)
    flat = channels.reshape(5, -1)
    x, y, z, away = flat[0], flat[1], flat[2], flat[4]
    base, factor, across = np.float32(near), np.float32(spread), np.float32(column_step)
    r, start = 0, 0  # the row, and its first pixel
    for i in members:
        here = flat_kind[i]
        if here == settled:
            continue
        while i - start >= width:
            r, start = r + 1, start + width
        c = i - start
        for step in range(1, pixels + 1):
            j = i - step
            if step > c:
                if not wrap:
                    break
                j += width
            if flat_kind[j] == here and _near(x, y, z, away, i, j, base, factor * (across * np.float32(step))):
                _join(parent, i, j)
                break
        joined = False
        for step in range(1, min(pixels, r) + 1):
            j = i - step * width
            if flat_kind[j] == here and _near(x, y, z, away, i, j, base, factor * row_steps[r, r - step]):
                _join(parent, i, j)
                joined = True
                break
        if joined or r == 0:
            continue
        # Both diagonals, where nothing right above is near.
        for side in (-1, 1):
            nc = c + side
            if nc < 0 or nc >= width:
                if not wrap:
                    continue
                nc -= side * width
            j = start - width + nc
            if flat_kind[j] == here and _near(x, y, z, away, i, j, base, factor * (row_steps[r, r - 1] + across)):
                _join(parent, i, j)


@njit(cache=True, nogil=True)
def _near(x, y, z, away, i, j, base, slope):  # type: ignore[no-untyped-def]
    """True if two pixels are no further apart than base + slope * range."""
    reach = base + slope * min(away[i], away[j])
    dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
    return dx * dx + dy * dy + dz * dz <= reach * reach
