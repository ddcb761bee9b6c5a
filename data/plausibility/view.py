"""The directions that a scan shows: the whole turn, a sector of it, or what a camera saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.plausibility.misfit import Misfit
from projection import Sensor

CROPPED = "cut to a camera's field of view"
SECTOR = "of a sector of the turn only"
BLOCKED = "blind in a sector of the turn"

_BINS = 72
_BIN = 360 // _BINS
_FILLED = 0.05
"""Share of the usual number of points that a direction must have to count."""
_WIDEST_AHEAD, _HALF = 50.0, 180.0
_BLOCKED = 45.0
"""Degrees: of a street, even an open one, the ground returns something in each direction."""
_CAMERA = 100.0
"""Degrees that a camera's picture spans at most."""
_ROWS_CUT = 5.0
"""Degrees above the lowest beam: where nothing lies below that, the lower rows were cut off."""


def view_misfit(xyz: NDArray[np.float64], ringed: bool, sensor: Sensor) -> Misfit | None:
    """Check that returns (N, 3) lie all around, if that is what the sensor's image shows, or ahead at least.

    ringed: whether the beam of each is known, whatever was cut away.
    """
    right, left = _sector(np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])))
    if left - right > _HALF:
        return _blocked(right, left) if sensor.full_turn else None
    ahead = right >= -_WIDEST_AHEAD and left <= _WIDEST_AHEAD
    detail = f"azimuths {right:.0f} to {left:.0f} degrees"
    look = ["look at the front only, with --view front"] if sensor.full_turn and ahead else []
    lowest = float(np.degrees(np.arcsin(np.quantile(xyz[:, 2] / np.sqrt((xyz**2).sum(axis=1)), 0.005))))
    if not ringed and left - right <= _CAMERA and lowest > sensor.elevations[-1] + _ROWS_CUT:
        detail += f", no rows below {lowest:.0f}"
        return Misfit(CROPPED, detail, "; ".join(["each point's beam is guessed from its elevation", *look]))
    if ahead:
        return Misfit(SECTOR, detail, look[0]) if look else None
    remedy = "turn the points if that is not where the sensor looked: x points ahead, y to the left"
    return Misfit(SECTOR, detail, remedy)


def _blocked(right: float, left: float) -> Misfit | None:
    """A sector without returns that is too wide for a gap between houses."""
    if 360 - (left - right) < _BLOCKED:
        return None
    ends = [(azimuth + 180) % 360 - 180 for azimuth in (left, right)]
    detail = f"no returns from azimuth {ends[0]:.0f} to the left as far as {ends[1]:.0f} degrees"
    return Misfit(BLOCKED, detail, "clean the sensor, or mind that nothing is seen there")


def _sector(azimuth: NDArray[np.float64]) -> tuple[float, float]:
    """The azimuths in degrees of the right and the left end of what returns lie in: the turn without its widest gap."""
    counts = np.histogram(azimuth, _BINS, (-180, 180))[0]
    filled = np.flatnonzero(counts > _FILLED * np.mean(counts[counts > 0]))
    gaps = np.diff(filled, append=filled[0] + _BINS)
    widest = int(np.argmax(gaps))
    right, left = float(filled[(widest + 1) % len(filled)]) * _BIN - 180, float(filled[widest] + 1) * _BIN - 180
    return right, left if left > right else left + 360
