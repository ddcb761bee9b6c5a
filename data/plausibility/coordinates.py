"""Units, origin and axes of a scan's coordinates, told by where its returns lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.plausibility.misfit import Misfit
from projection import Sensor

Floats = NDArray[np.float64]

_FARTHEST = 400.0
"""Metres that a tenth of the returns can't lie beyond."""
_NEAREST = 0.3
"""Metres that nine tenths of the returns can't lie within."""
_UNITS = {100.0: "centimetres", 1000.0: "millimetres"}
_SLACK = (6.0, 8.0)
"""Degrees above the highest and below the lowest beam, for a car that pitches and a sensor that turns with it."""
_UPRIGHT, _CLEARLY = 0.6, 0.95
_AXES = {"x": (0, 1), "-x": (0, -1), "y": (1, 1), "-y": (1, -1), "-z": (2, -1)}
"""Column and sign of the coordinate that may point up."""


def coordinates_misfit(xyz: Floats, sensor: Sensor) -> Misfit | None:
    """Check that returns (N, 3) lie around the sensor, in metres, z up."""
    return _origin(xyz) or _unit(xyz, sensor) or _axes(xyz, sensor)


def _origin(xyz: Floats) -> Misfit | None:
    middle = np.median(xyz[:, :2], axis=0)
    spread = np.median(np.abs(xyz[:, :2] - middle))
    away = float(np.hypot(*middle))
    if away < 100 or away < 5 * spread:
        return None
    return Misfit(
        "not in the sensor's frame",
        f"their middle is {away:,.0f} away, as in map coordinates",
        "subtract the sensor's position from x, y and z, and turn them so that x points ahead",
        street=False,
    )


def _unit(xyz: Floats, sensor: Sensor) -> Misfit | None:
    far = float(np.quantile(np.sqrt((xyz**2).sum(axis=1)), 0.9))
    if far < _NEAREST:
        remedy = "bring x, y and z to metres"
        return Misfit("not in metres", f"nine tenths of them lie within {far:.2g} of the sensor", remedy, street=False)
    if far < _FARTHEST:
        return None
    # The ground should lie as far below the sensor as that is mounted; else, most returns are within 100 m.
    low = -float(np.quantile(xyz[:, 2], 0.05))
    measured, expected = (low, sensor.height) if low > 0 else (far, 40.0)
    factor = min(_UNITS, key=lambda unit: abs(np.log(measured / unit / expected)))
    detail = f"a tenth of them lies beyond {far:,.0f}, which looks like {_UNITS[factor]}"
    return Misfit("not in metres", detail, f"divide x, y and z by {factor:.0f}", street=False)


def _axes(xyz: Floats, sensor: Sensor) -> Misfit | None:
    distance = np.sqrt((xyz**2).sum(axis=1))
    top = np.sin(np.radians(min(sensor.elevations[0] + _SLACK[0], 90)))
    bottom = np.sin(np.radians(max(sensor.elevations[-1] - _SLACK[1], -90)))

    def fitting(up: Floats) -> float:
        sine = up / distance
        return float(np.mean((sine > bottom) & (sine < top)))

    if fitting(xyz[:, 2]) > _UPRIGHT:
        return None
    fits = {name: fitting(sign * xyz[:, axis]) for name, (axis, sign) in _AXES.items()}
    up = max(fits, key=fits.__getitem__)
    if fits[up] < _CLEARLY:
        return None
    if up == "-z":
        remedy = "turn them over: y and z change their signs"
        return Misfit("upside down", "the ground is above", remedy, street=False)
    return Misfit("not with z up", f"{up} points up", "turn the axes to x forward, y left, z up", street=False)
