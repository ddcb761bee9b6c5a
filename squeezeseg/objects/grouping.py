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
    groups = np.empty(kind.shape, np.int32)
    return groups, int(unite(channels, kind, *steps(sensor), near, spread, pixels, sensor.full_turn, groups))


@njit(cache=True, nogil=True)
def _join(parent: NDArray[np.int32], i: int, j: int) -> None:
    """Make two trees one; a root is the first pixel of its tree."""
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
) -> int:
    """Fill `groups` and return how many there are. row_steps: (H, H) angles between rows, in radians."""
    height, width = kind.shape
    parent, flat_kind = groups.reshape(-1), kind.reshape(-1)
    x, y, z, away = channels[0], channels[1], channels[2], channels[4]
    base, factor, across = np.float32(near), np.float32(spread), np.float32(column_step)
    for r in range(height):
        for c in range(width):
            parent[r * width + c] = r * width + c
        for c in range(width):
            here = kind[r, c]
            if here == 0:
                continue
            i = r * width + c
            # The directions: left, up, and both diagonals where nothing right above is near.
            for direction in range(4):
                joined = False
                for step in range(1, pixels + 1 if direction < 2 else 2):
                    nr = r if direction == 0 else r - step
                    nc = c - step if direction == 0 else (c if direction == 1 else c + 2 * direction - 5)
                    if nr < 0:
                        break
                    if nc < 0 or nc >= width:
                        if not wrap:
                            break
                        nc += width if nc < 0 else -width
                    if kind[nr, nc] != here:
                        continue
                    if direction == 0:
                        angle = across * np.float32(step)
                    else:
                        angle = row_steps[r, nr] + (across if direction > 1 else np.float32(0))
                    reach = base + factor * angle * min(away[r, c], away[nr, nc])
                    dx, dy, dz = x[r, c] - x[nr, nc], y[r, c] - y[nr, nc], z[r, c] - z[nr, nc]
                    if dx * dx + dy * dy + dz * dz <= reach * reach:
                        j = nr * width + nc
                        if parent[i] != parent[j]:
                            _join(parent, i, j)
                        joined = True
                        break
                if joined and direction == 1:
                    break
    # A root comes before the others of its group. Numbers are negative, to tell them from parents.
    count = 0
    for i in range(height * width):
        if flat_kind[i] == 0:
            parent[i] = 0
        elif parent[i] == i:
            count += 1
            parent[i] = -count
        else:
            parent[i] = parent[parent[i]]
    for i in range(height * width):
        parent[i] = -parent[i]
    return count
