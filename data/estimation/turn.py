"""The turn of a sensor: columns, direction, where scans begin, returns of one shot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.estimation.beam_fit import NEAREST
from data.estimation.beam_numbers import BeamNumbers

Floats = NDArray[np.float64]

_STEPS = (0.02, 2.0)
"""Degrees between which the step from column to column lies."""
_SAME = 0.02
"""Degrees: returns of a beam that are nearer to each other are of one shot."""
_FEWEST = 100


@dataclass(frozen=True)
class Turn:
    """How a sensor turns.

    columns: shots of a beam in a turn; None where they don't tell. clockwise: seen from above; None where points aren't
        stored in the order measured. start: azimuth in degrees of the first returns. second: share of the returns
        that are further ones of the same shot.
    """

    columns: int | None
    clockwise: bool | None
    start: float
    second: float


def measure_turn(found: BeamNumbers) -> Turn:
    """How the sensor of these returns turns."""
    azimuth = np.degrees(np.arctan2(found.xyz[:, 1], found.xyz[:, 0])) % 360
    far = np.hypot(found.xyz[:, 0], found.xyz[:, 1]) > NEAREST
    line = found.scan * found.beams + found.beam
    order = np.lexsort((azimuth[far], line[far]))
    step = np.diff(azimuth[far][order])
    step = step[np.diff(line[far][order]) == 0]
    second = float(np.mean(step < _SAME)) if len(step) else 0.0
    first = azimuth[np.flatnonzero(np.diff(found.scan, prepend=-1))]
    start = float(np.degrees(np.angle(np.exp(1j * np.radians(first)).mean())) % 360)
    return Turn(_columns(step), _clockwise(found, azimuth), start, second)


def _columns(step: Floats) -> int | None:
    """The turn by the step that occurs most; others pass over what returned nothing."""
    step = step[(step > _STEPS[0]) & (step < _STEPS[1])]
    if len(step) < _FEWEST:
        return None
    # Bins of two per cent each.
    bins = np.log(_STEPS[0]) + np.arange(0, np.log(_STEPS[1] / _STEPS[0]) + 0.02, 0.02)
    counts = np.histogram(np.log(step), bins)[0]
    wide = np.convolve(counts, np.ones(9), "same")
    middle = float(np.exp(bins[int(np.argmax(wide))] + 0.01))
    even = step[np.abs(step - middle) < 0.25 * middle]
    return round(360 / float(np.median(even))) if len(even) > 0.3 * len(step) else None


def _clockwise(found: BeamNumbers, azimuth: Floats) -> bool | None:
    """By the steps from point to point as they were stored."""
    if found.how == "elevation":
        step = np.diff(azimuth)
    else:
        order = np.lexsort((np.arange(len(azimuth)), found.beam, found.scan))
        step = np.diff(azimuth[order])[np.diff((found.scan * found.beams + found.beam)[order]) == 0]
    step = (step + 180) % 360 - 180
    step = step[np.abs(step) < _STEPS[1]]
    falling = float(np.mean(step < 0)) if len(step) else 0.5
    return True if falling > 0.8 else False if falling < 0.2 else None
