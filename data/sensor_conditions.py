"""How a simulated sensor is carried, and what it measures: what matters to the simulator alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError
from projection.sensors import Sensor

PARTS = 720
"""Of a turn, each blind or not."""
MOST_TILT = 10.0
"""Degrees: further, an upright box around a car no longer holds it."""

Sector = tuple[float, float, float, float]
"""Azimuth of its left and of its right edge, elevation of its upper and of its lower one, degrees."""


@dataclass(frozen=True)
class Conditions:
    """The conditions of a simulated sensor.

    pitch, roll: of the sensor on its car, degrees; the nose down and the left side up are positive.
    nearest, farthest: metres between which it measures. noise: of the range, metres; None: as KITTI's sensor has it.
    intensities: False: it reports none, all are 0. blind: sectors that the car that carries it is in the way of.

    Raises:
        InputError: a number out of its range.
    """

    pitch: float = 0.0
    roll: float = 0.0
    nearest: float = 0.9
    farthest: float = 80.0
    noise: float | None = None
    intensities: bool = True
    blind: tuple[Sector, ...] = ()

    def __post_init__(self) -> None:
        if not max(abs(self.pitch), abs(self.roll)) <= MOST_TILT:
            raise InputError(f"tilt: {self.pitch:g} and {self.roll:g} degrees; at most {MOST_TILT:g} are simulated")
        if not 0 <= self.nearest < self.farthest <= 500:
            raise InputError(
                f"range: expected [nearest, farthest] within 0 and 500 m, got {self.nearest:g}, {self.farthest:g}"
            )
        if self.noise is not None and not 0 <= self.noise <= 1:
            raise InputError(f"noise: expected 0 to 1 m, got {self.noise:g}")
        if any(
            not (abs(left) <= 360 and abs(right) <= 360 and top >= bottom) for left, right, top, bottom in self.blind
        ):
            raise InputError("blind: expected [left, right, top, bottom] in degrees, top above bottom")

    def blind_parts(self, sensor: Sensor) -> NDArray[np.bool_] | None:
        """(B, PARTS): the blind part of a sensor's turn, from azimuth 0 on; None where nothing is in the way."""
        if not self.blind:
            return None
        azimuth = (np.arange(PARTS) + 0.5) * (360.0 / PARTS)
        elevation = np.array(sensor.elevations)[:, None]
        hidden = np.zeros((sensor.beams, PARTS), bool)
        for left, right, top, bottom in self.blind:
            wide = (left - right) % 360.0
            hidden |= ((left - azimuth) % 360.0 <= wide) & (elevation <= top) & (elevation >= bottom)
        return hidden


PLAIN = Conditions()
"""Upright, with KITTI's reach and noise, and nothing in the way."""
