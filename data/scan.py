"""The scan: one turn of a LiDAR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Scan:
    """One turn of a LiDAR, its points in the order in which they were stored.

    points: (N, 4) float32, x forward, y left, z up in metres, reflectance 0..1. May hold NaN and zeros,
        which stand for no return.
    frame: the frame's number, as the recording counts (not its position in a list).
    name: the frame's name, unique within its source; names its output files.
    stamp: seconds since the epoch, or None where the recording has no clock.
    ring: (N,) uint8, the beam of each point, 0 the highest, or None where the format doesn't say.
    pose: (4, 4) float64, a world that stands still, z up <- the sensor's frame; None where the stream it came in
        doesn't tell. Of recordings see `Source.pose`.
    """

    points: NDArray[np.float32]
    frame: int = 0
    name: str = "0000000000"
    stamp: float | None = None
    ring: NDArray[np.uint8] | None = None
    pose: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 4 or self.points.dtype != np.float32:
            raise InputError(
                f"scan {self.name}: expected points (N, 4) float32, got {self.points.shape} {self.points.dtype}"
            )
        if self.ring is not None and (self.ring.shape != (len(self.points),) or self.ring.dtype != np.uint8):
            raise InputError(
                f"scan {self.name}: expected ring ({len(self.points)},) uint8, got {self.ring.shape} {self.ring.dtype}"
            )

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        stamp = "" if self.stamp is None else f", stamp {self.stamp:.3f}"
        return f"Scan({self.name!r}, {len(self):,} points{stamp}{'' if self.ring is None else ', with ring'})"
