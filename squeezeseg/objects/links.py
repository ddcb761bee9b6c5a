"""Links: which pixels of a range image lie near their neighbours in space."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import Sensor

LEFT, ABOVE = np.uint8(1), np.uint8(2)
"""Bits of a link: the pixel is near the one to its left, near the one above it."""
MEMBER = np.uint8(4)
"""Bit of a flag: the pixel is of a kind. LEFT and ABOVE are flags where the linked pixel is of the same kind."""


@lru_cache(maxsize=8)
def steps(sensor: Sensor) -> tuple[float, NDArray[np.float32]]:
    """Angles in radians: from one column to the next, and (H, H) between any two rows."""
    elevation = np.deg2rad(sensor.elevations)
    rows = np.abs(elevation[:, None] - elevation[None]).astype(np.float32)
    rows.flags.writeable = False
    return float(np.deg2rad((sensor.azimuth_left - sensor.azimuth_right) / sensor.columns)), rows


@njit(cache=True, nogil=True)
def link(
    channels: NDArray[np.float32],
    column_step: float,
    row_steps: NDArray[np.float32],
    near: float,
    spread: float,
    links: NDArray[np.uint8],
) -> None:
    """Fill `links` (H, W). The first column has none to the left, and what has no return may be linked to the like.

    near, spread: two pixels are near if they are at most near + spread * angle * range metres apart.
    """
    base, factor, across = np.float32(near), np.float32(spread), np.float32(column_step)
    for r in range(len(links)):
        x, y, z, away = channels[0, r], channels[1, r], channels[2, r], channels[4, r]
        links[r] = 0
        _add(x[1:], y[1:], z[1:], away[1:], x, y, z, away, base, factor * across, LEFT, links[r, 1:])
        if r > 0:
            u, v, w, farther = channels[0, r - 1], channels[1, r - 1], channels[2, r - 1], channels[4, r - 1]
            _add(x, y, z, away, u, v, w, farther, base, factor * row_steps[r, r - 1], ABOVE, links[r])


@njit(cache=True, nogil=True)
def flag(kind: NDArray[np.uint8], links: NDArray[np.uint8], flags: NDArray[np.uint8]) -> None:
    """Fill `flags` (H, W) with MEMBER where `kind` is not 0, and with the links that lead to the same kind."""
    for r in range(len(kind)):
        above = kind[r - 1] if r > 0 else kind[r]  # of the first row no link leads upwards
        _flag(kind[r, :1], kind[r, :1], above[:1], links[r, :1], flags[r, :1])
        _flag(kind[r, 1:], kind[r, :-1], above[1:], links[r, 1:], flags[r, 1:])


# Loops over rows without a branch, so that they become vector code.
@njit(cache=True, nogil=True)
def _flag(kind, left, above, links, out):  # type: ignore[no-untyped-def]
    for c in range(out.size):
        same = (LEFT if kind[c] == left[c] else 0) | (ABOVE if kind[c] == above[c] else 0)
        out[c] = (links[c] & same) | MEMBER if kind[c] != 0 else 0


@njit(cache=True, nogil=True)
def _add(x, y, z, away, u, v, w, farther, base, slope, bit, out):  # type: ignore[no-untyped-def]
    for c in range(out.size):
        dx, dy, dz = x[c] - u[c], y[c] - v[c], z[c] - w[c]
        reach = base + slope * min(away[c], farther[c])
        out[c] |= bit if dx * dx + dy * dy + dz * dz <= reach * reach else 0
