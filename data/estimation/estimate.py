"""A sensor estimated by its scans: what recorded them, and how it was mounted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.estimation.beam_fit import BeamFit, fit_beams
from data.estimation.beam_numbers import BeamNumbers, How, number_beams
from data.estimation.blind_parts import BlindParts, find_blind_parts
from data.estimation.mount import Mount, estimate_mount
from data.estimation.reflectances import Reflectances, measure_reflectances
from data.estimation.turn import Turn, measure_turn
from data.plausibility.misfits import nearest
from data.scan import Scan
from projection import Sensor
from projection.sensors import falling_elevations

DEFAULT_HEIGHT = 1.73
_DEFAULT_COLUMNS, _FEWEST_COLUMNS = 2048, 256
_EDGE = 1e-3


@dataclass(frozen=True, eq=False)
class SensorEstimate:
    """What scans tell of their sensor.

    scans, points: how many. told_by: what told the beams apart. fit: their elevations as measured, NaN where a beam has
        too few returns. turn, mount, blind, reflectances: see their modules; mount is None where no ground is clear.
    reach: metres of the nearest and the farthest returns, a thousandth of them aside.
    view: azimuths in degrees of the left and the right end of what is seen.
    sensor: all of that as a sensor, whose beams without returns lie between or beside the others.
    """

    scans: int
    points: int
    told_by: How
    fit: BeamFit
    turn: Turn
    mount: Mount | None
    blind: BlindParts
    reflectances: Reflectances
    reach: tuple[float, float]
    view: tuple[float, float]
    sensor: Sensor


def estimate_sensor(scans: Sequence[Scan], name: str = "estimated", least: int = 0) -> SensorEstimate:
    """Estimate the sensor of scans.

    name: for the sensor. least: beams that it has at least, where that is known.

    Raises:
        InputError: the scans have no returns, or beams can't be told apart.
    """
    found = number_beams(scans, least)
    fit = fit_beams(found.xyz, found.beam, found.beams, found.scan)
    elevations = _filled(fit.elevations)
    turn = measure_turn(found)
    mount = estimate_mount(found.xyz[found.scan == k] for k in range(int(found.scan.max()) + 1))
    distance = np.sqrt((found.xyz**2).sum(axis=1))
    low, high = np.quantile(distance, (_EDGE, 1 - _EDGE))
    view = _view(found)
    return SensorEstimate(
        scans=len(scans),
        points=len(found.xyz),
        told_by=found.how,
        fit=fit,
        turn=turn,
        mount=mount,
        blind=find_blind_parts(found, elevations, mount),
        reflectances=measure_reflectances(found.intensity, distance),
        reach=(float(low), float(high)),
        view=view,
        sensor=Sensor(
            name,
            falling_elevations(np.round(elevations, 3)),
            _width(turn, view),
            azimuth_left=view[0],
            azimuth_right=view[1],
            cut=None if found.cut is None else round(found.cut, 2) % 360,
            height=round(mount.height, 2) if mount is not None and mount.height > 0.05 else DEFAULT_HEIGHT,
        ),
    )


def _filled(elevations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elevations (H,) with those that are unknown put between their neighbours, or as far beyond as the next step."""
    known = np.flatnonzero(np.isfinite(elevations))
    filled = np.interp(np.arange(len(elevations)), known, elevations[known])
    if len(known) > 1:
        first, last = known[0], known[-1]
        above, below = elevations[known[0]] - elevations[known[1]], elevations[known[-2]] - elevations[known[-1]]
        filled[:first] += above / (known[1] - known[0]) * (first - np.arange(first))
        filled[last + 1 :] -= below / (known[-1] - known[-2]) * np.arange(1, len(elevations) - last)
    return np.clip(filled, -89.0, 89.0)


def _width(turn: Turn, view: tuple[float, float]) -> int:
    """Columns of the image."""
    columns = _DEFAULT_COLUMNS if turn.columns is None else max(nearest(turn.columns), _FEWEST_COLUMNS)
    return max(round(columns * (view[0] - view[1]) / 360), 8)


_BINS = 72
_NARROW = 180.0
_FILLED = 0.05
"""Share of the usual number of returns that a direction must have to count."""


def _view(found: BeamNumbers) -> tuple[float, float]:
    """The whole turn, or the part of it that returns lie in, if that is less than half and lies ahead."""
    azimuth = np.degrees(np.arctan2(found.xyz[:, 1], found.xyz[:, 0]))
    counts = np.histogram(azimuth, _BINS, (-180, 180))[0]
    filled = np.flatnonzero(counts > _FILLED * np.median(counts[counts > 0]))
    left, right = 180 - 360 / _BINS * (_BINS - 1 - filled[-1]), -180 + 360 / _BINS * filled[0]
    return (float(left), float(right)) if left - right < _NARROW else (180.0, -180.0)
