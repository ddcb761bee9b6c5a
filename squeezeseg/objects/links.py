"""Links: which pixels of a range image lie near their neighbours in space."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import Sensor
from squeezeseg.objects.bits import ONE, WORD, count, lowest, pack, packed

LEFT, ABOVE = 0, 1
"""Of links: with the pixel to the left, with the one above."""
FEW = 4
"""Pixels of a word that are compared with others one by one, not all at once."""


@lru_cache(maxsize=8)
def steps(sensor: Sensor) -> tuple[float, NDArray[np.float32]]:
    """Angles in radians: from one column to the next, and (H, H) between any two rows."""
    elevation = np.deg2rad(sensor.elevations)
    rows = np.abs(elevation[:, None] - elevation[None]).astype(np.float32)
    rows.flags.writeable = False
    return float(np.deg2rad((sensor.azimuth_left - sensor.azimuth_right) / sensor.columns)), rows


@njit(nogil=True)
def link(
    channels: NDArray[np.float32],
    r: int,
    near: np.float32,
    left_slope: np.float32,
    above_slope: np.float32,
    row: NDArray[np.uint8],
    links: NDArray[np.uint64],
) -> None:
    """Fill row r of `links` (2, H, K), see `bits`, whose `row` (64 K,), to work in, is 0 beyond the last column.

    Two pixels are near if they are at most near + slope * range metres apart. The first column has no link to the left,
    and no return may be linked to none.
    """
    width = channels.shape[2]
    x, y, z, away = channels[0, r], channels[1, r], channels[2, r], channels[4, r]
    row[0] = 0
    _near(x[1:], y[1:], z[1:], away[1:], x, y, z, away, near, left_slope, row[1:width])
    pack(row, links[LEFT, r])
    if r == 0:
        links[ABOVE, r] = 0
        return
    u, v, w, farther = channels[0, r - 1], channels[1, r - 1], channels[2, r - 1], channels[4, r - 1]
    _near(x, y, z, away, u, v, w, farther, near, above_slope, row[:width])
    pack(row, links[ABOVE, r])


# Without a branch, so that it becomes vector code.
@njit(nogil=True)
def _near(x, y, z, away, u, v, w, farther, base, slope, out):  # type: ignore[no-untyped-def]
    for c in range(out.size):
        dx, dy, dz = x[c] - u[c], y[c] - v[c], z[c] - w[c]
        reach = base + slope * min(away[c], farther[c])
        out[c] = np.uint8(dx * dx + dy * dy + dz * dz <= reach * reach)


@njit(nogil=True)
def near_ones(flat, asked, first, back, base, slope, close):  # type: ignore[no-untyped-def]
    """Of the pixels that are asked for, counted from `first`, those that are near the pixel `back` before them."""
    found = np.uint64(0)
    if count(asked) <= FEW or first < back or first + WORD > flat.shape[1]:
        while asked:
            i = first + lowest(asked)
            rest = asked & (asked - ONE)
            if is_near(flat, i, i - back, base, slope):
                found |= asked ^ rest
            asked = rest
        return found
    x, y, z, away = flat[0], flat[1], flat[2], flat[4]
    # Unsigned, so that no index may count from the end: this becomes vector code.
    here, there = np.uint64(first), np.uint64(first - back)
    for c in range(np.uint64(WORD)):
        i, j = here + c, there + c
        dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        reach = base + slope * min(away[i], away[j])
        close[c] = np.uint8(dx * dx + dy * dy + dz * dz <= reach * reach)
    return packed(close.view(np.uint64), 0) & asked


@njit(nogil=True)
def is_near(flat, i, j, base, slope):  # type: ignore[no-untyped-def]
    """True if two pixels are no further apart than base + slope * range."""
    reach = base + slope * min(flat[4, i], flat[4, j])
    dx, dy, dz = flat[0, i] - flat[0, j], flat[1, i] - flat[1, j], flat[2, i] - flat[2, j]
    return dx * dx + dy * dy + dz * dz <= reach * reach
