"""Is it a street that scans show? Networks know nothing else, and take rooms for cars."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.plausibility.misfit import Misfit
from projection.read_only import read_only

WITHIN = 9.0
"""Metres within which nine tenths of the returns lie in no street: in real and simulated ones it is 14 m at least."""
NARROW = "of a room, or another place that is no street"
_SHARE = 0.9
_LOOKED_AT = 2_000
_FEWEST = 500


def narrow_place(points: NDArray[np.float32]) -> Misfit | None:
    """A misfit if scans (N, 4) are of a room or the like, where everything is near; None for few returns."""
    step = max(len(points) // _LOOKED_AT, 1)
    returns, near = _count(read_only(points), step, np.float32(WITHIN * WITHIN))
    if returns < _FEWEST or near < _SHARE * returns:
        return None
    distance = np.linalg.norm(points[::step, :3], axis=1)
    reach = np.quantile(distance[(distance > 0) & (distance < np.inf)], _SHARE)
    return Misfit(
        NARROW,
        f"nine tenths of its returns lie within {reach:.1f} m",
        "no point of it gets a label",
        street=False,
    )


@njit(cache=True, nogil=True)
def _count(points, step, within):  # type: ignore[no-untyped-def]
    """Returns among every `step`-th point, and how many are near. Each scan is counted, so nothing is allocated."""
    returns = near = 0
    for i in range(0, len(points), step):
        squared = points[i, 0] ** 2 + points[i, 1] ** 2 + points[i, 2] ** 2
        if 0 < squared < np.inf:
            returns += 1
            near += squared <= within
    return returns, near
