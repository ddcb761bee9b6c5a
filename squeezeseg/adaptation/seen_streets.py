"""Simulated streets as an estimated sensor sees them: its beams, columns, mount, blind parts, reach and intensities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.estimation import SensorEstimate
from data.scan import Scan
from data.simulator import simulate
from data.sources import Frame
from data.sources.kitti_raw import KittiRaw
from projection import Sensor, returns
from projection.rings import flattened, nearest_beams

SCANS_PER_STREET = 2
_QUANTILES = np.linspace(0, 1, 33)
_COMPARED = 8
"""Scans of each kind whose intensities are compared."""


@dataclass(frozen=True, eq=False)
class Intensities:
    """A rising map of intensities, from simulated ones to a sensor's: simulated[k] becomes real[k]."""

    simulated: NDArray[np.float64]
    real: NDArray[np.float64]

    @classmethod
    def between(cls, simulated: Sequence[Scan], real: Sequence[Scan]) -> Intensities:
        """The map that gives simulated scans the distribution of the real ones."""
        return cls(np.quantile(_values(simulated), _QUANTILES), np.quantile(_values(real), _QUANTILES))

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map values (N,)."""
        return np.interp(values, self.simulated, self.real).astype(np.float32)


def _values(scans: Sequence[Scan]) -> NDArray[np.float64]:
    return np.concatenate([scan.points[returns(scan.points), 3] for scan in scans]).astype(np.float64)


class SeenStreets(KittiRaw):
    """A simulated drive as a sensor sees it.

    intensities: map of the simulated ones; None leaves them. farthest: metres, beyond which nothing returns.
    """

    def __init__(
        self, path: Path, sensor: Sensor, farthest: float = np.inf, intensities: Intensities | None = None
    ) -> None:
        # Sources guess heights and columns only for sensors that nobody gave.
        super().__init__(path, sensor)
        self.given = frozenset({"height", "columns"})
        self.farthest, self.intensities = farthest, intensities

    def scan(self, frame: Frame) -> Scan:
        """Read one frame; its beams are those of the nearest elevation, which is exact in simulated scans."""
        points = super().scan(frame).points
        points = points[np.sqrt((points[:, :3] ** 2).sum(axis=1)) < self.farthest]
        if self.intensities is not None:
            points[:, 3] = self.intensities(points[:, 3])
        ring = np.empty(len(points), np.uint8)
        nearest_beams(flattened(points), self.base_sensor, ring)
        return Scan(points, frame.number, frame.name, self.stamp(frame), ring)


def simulate_streets(
    folder: Path, estimate: SensorEstimate, scans: int, seed: int, progress: Callable[[int], None] | None = None
) -> Path:
    """Simulate a drive through many short streets with the sensor of an estimate, or find the one that was.

    Returns the drive's folder. Raises InputError where it can't be written.
    """
    sensor = estimate.sensor.with_view("full")
    return simulate(
        folder,
        scans,
        seed,
        SCANS_PER_STREET,
        1.0,
        progress=None if progress is None else lambda done, _: progress(done),
        sensor=replace(sensor, columns=estimate.turn.columns or sensor.columns, cut=0.0),
        blind=_blind(estimate),
    )


def open_streets(drive: Path, estimate: SensorEstimate, real: Sequence[Scan]) -> SeenStreets:
    """The drive of `simulate_streets`, with the intensities of real scans."""
    sensor = replace(estimate.sensor.with_view("full"), cut=0.0)
    plain = SeenStreets(drive, sensor, estimate.reach[1])
    first = [plain.scan(frame) for frame in plain.frames[:_COMPARED]]
    return SeenStreets(drive, sensor, estimate.reach[1], Intensities.between(first, real[:_COMPARED]))


def _blind(estimate: SensorEstimate) -> NDArray[np.bool_]:
    """(H, K): the blind parts by K parts of the turn from azimuth 0 on, growing to the left."""
    blind = estimate.blind.empty | estimate.blind.own
    return np.roll(blind[:, ::-1], blind.shape[1] // 2, axis=1)
