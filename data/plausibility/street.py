"""Is it a street that scans show? Networks know nothing else, and take rooms for cars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.plausibility.misfit import Misfit

WITHIN = 9.0
"""Metres within which nine tenths of the returns lie in no street: in real and simulated ones it is 14 m at least."""
NARROW = "of a room, or another place that is no street"
_LOOKED_AT = 2_000
_FEWEST = 500


def narrow_place(points: NDArray[np.float32]) -> Misfit | None:
    """A misfit if scans (N, 4) are of a room or the like, where everything is near; None for few returns."""
    some = points[:: max(len(points) // _LOOKED_AT, 1), :3]
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.sqrt((some * some).sum(axis=1))
    distance = distance[(distance > 0) & (distance < np.inf)]
    if len(distance) < _FEWEST:
        return None
    reach = float(np.quantile(distance, 0.9))
    if reach > WITHIN:
        return None
    return Misfit(
        NARROW,
        f"nine tenths of its returns lie within {reach:.1f} m",
        "no point of it gets a label",
        street=False,
    )
