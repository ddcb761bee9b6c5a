"""The columns of a turn, told by the steps of the azimuth from point to point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEWEST = 4_000
_WIDEST = 0.05
"""Radians: further apart, two points are no neighbours."""
_NARROWEST = 2 * np.pi / 20_000
_EVEN = 0.5
"""Share of the steps that must be about as wide as the usual one; the others pass over what returned nothing."""


def columns_per_turn(xyz: NDArray[np.floating], ring: NDArray[np.uint8] | None = None) -> int | None:
    """The directions in which a sensor measures while it turns once, told by returns (N, 3).

    ring (N,): the beam of each; without it, points are taken to be stored beam after beam. None where the azimuth
    grows unevenly, as in scans that were shuffled or thinned at random, or where there are too few points.
    """
    if len(xyz) < _FEWEST:
        return None
    if ring is not None:
        beam = np.argsort(ring, kind="stable")
        xyz = xyz[beam]
    x, y = xyz[:, 0].astype(np.float64), xyz[:, 1].astype(np.float64)
    # The angle between neighbours is small: its tangent will do.
    along = x[:-1] * x[1:] + y[:-1] * y[1:]
    across = np.abs(x[:-1] * y[1:] - y[:-1] * x[1:])
    with np.errstate(all="ignore"):
        step = across / along
    step = step[(step > _NARROWEST) & (step < _WIDEST)]
    if len(step) < 0.5 * len(x):
        return None
    usual = float(np.quantile(step, 0.3))
    if np.mean(np.abs(step - usual) < 0.25 * usual) < _EVEN:
        return None
    even = step[np.abs(step - usual) < 0.25 * usual]
    return round(2 * np.pi / float(np.median(even)))
