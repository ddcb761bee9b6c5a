"""What a simulated sensor is and where it stands: KITTI's HDL-64E, or any that a sensor file describes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.sensor_conditions import PARTS, PLAIN, Conditions
from data.simulator.street.scene import Pose
from projection.errors import InputError
from projection.sensors import Sensor

HEIGHT = 1.73
"""Height of KITTI's sensor above the ground, metres."""
MOST_COLUMNS = 4096
"""Shots of a turn."""
_TURN = 360.0

Blind: TypeAlias = NDArray[np.bool_]
"""(B, K): where the car that carries the sensor is in the way, by beam and K equal parts of the turn from azimuth 0."""


@dataclass(frozen=True, eq=False)
class Mount:
    """The lasers of a sensor, and its place on the car.

    elevation: (B,) radians, the highest first. offset: (B,) metres that each laser's lens is above the sensor's origin.
    columns: least and most shots of a turn, the latter excluded.
    encoder: the step in which azimuths are reported, degrees.
    height: of the origin above the ground, metres. blind: None where nothing is in the way.
    conditions: the rest; its sectors are part of `blind`.
    """

    elevation: NDArray[np.float64]
    offset: NDArray[np.float64]
    columns: tuple[int, int]
    encoder: float
    height: float = HEIGHT
    blind: Blind | None = None
    kitti: bool = False
    conditions: Conditions = PLAIN

    @property
    def beams(self) -> int:
        """B."""
        return len(self.elevation)

    def tilted(self, pose: Pose) -> Pose:
        """The pose of the car, tilted as the sensor is on it."""
        pitch, roll = np.radians((self.conditions.pitch, self.conditions.roll))
        return replace(pose, pitch=pose.pitch + pitch, roll=pose.roll + roll) if pitch or roll else pose

    def live(self, columns: int) -> NDArray[np.intp]:
        """The shots of a turn that leave the car: their number, beam by beam."""
        if self.kitti:
            return _kitti_live(columns)
        if self.blind is None:
            return np.arange(self.beams * columns)
        part = np.arange(columns) * self.blind.shape[1] // columns
        return np.flatnonzero(~self.blind[:, part])


def mount_of(sensor: Sensor | None = None, blind: Blind | None = None, conditions: Conditions = PLAIN) -> Mount:
    """The mount of a sensor as its file describes it.

    sensor: of any view: scans are whole turns. None is KITTI's HDL-64E with its two lenses, on its car.
    blind: of the sensor's beams, beside the sectors of its conditions.

    Raises:
        InputError: a sensor that can't be simulated, a mask of another number of beams.
    """
    if sensor is None:
        return _kitti()
    columns = round(sensor.columns * _TURN / (sensor.azimuth_left - sensor.azimuth_right))
    if columns > MOST_COLUMNS:
        raise InputError(f"sensor {sensor.name}: {columns} columns a turn; at most {MOST_COLUMNS} are simulated")
    if blind is not None and (blind.ndim != 2 or len(blind) != sensor.beams):
        raise InputError(f"sensor {sensor.name}: {sensor.beams} beams, but blind parts of {blind.shape}")
    parts = conditions.blind_parts(sensor)
    if blind is not None and parts is not None:
        parts |= blind[:, np.arange(PARTS) * blind.shape[1] // PARTS]
    elevation, lenses = np.radians(np.array(sensor.elevations)), np.zeros(sensor.beams)
    return Mount(
        elevation, lenses, (columns, columns + 1), 0.01, sensor.height, blind if parts is None else parts,
        conditions=conditions,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _kitti() -> Mount:
    # Two blocks of 32 lasers. KITTI's are at z = h tan(elevation) + offset for a point h away: two lenses, one above
    # the other, so that near things are seen from higher up than the origin. Each laser is a little off its place.
    place = np.random.default_rng(32).uniform(-0.06, 0.06, 64)
    upper, lower = np.linspace(1.94, -8.70, 32), np.linspace(-9.05, -25.0, 32)
    elevation = np.radians(np.concatenate([upper, lower]) + place)
    offset = np.concatenate([np.linspace(0.209, 0.198, 32), np.linspace(0.126, 0.116, 32)])
    # The encoder is read in steps that are no multiple of the firing rate: gaps alternate between .09 and .18.
    return Mount(elevation, offset, (2140, 2156), 0.09, kitti=True)


@lru_cache(maxsize=32)
def _kitti_live(columns: int) -> NDArray[np.intp]:
    beam, azimuth = np.divmod(np.arange(64 * columns), columns)
    live = np.flatnonzero(~_kitti_car(beam, azimuth * (_TURN / columns)))
    live.setflags(write=False)
    return live


def _kitti_car(beam: NDArray[np.int64], azimuth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of shots that hit the car that carries the sensor: roof, antennas, rack; azimuth in degrees."""
    # Lasers of one block look a few degrees to either side of the mount.
    turned = azimuth + np.where(beam % 2, 2.2, -2.2)

    def away(angle: float) -> NDArray[np.float64]:
        return np.asarray(np.abs((turned - angle + 180) % 360 - 180))

    hidden = (away(0) / 20) ** 2 + ((beam - 65) / 8.5) ** 2 < 1
    hidden |= (beam >= 52) & (away(180) < 17 + 1.3 * (beam - 52))
    hidden |= (away(-68) / 11) ** 2 + ((beam - 55) / 8.5) ** 2 < 1
    for side in (1, -1):
        hidden |= (beam >= 42) & (beam <= 53) & (away(side * 160) < 4)
        hidden |= (away(side * 130) / 5) ** 2 + ((beam - 59) / 4.5) ** 2 < 1
        hidden |= (beam >= 61) & (away(side * 33) < 7)
    return hidden
