"""Sensors: the beams of a spinning LiDAR, and the rows and columns of its range image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from projection.errors import InputError

View = Literal["front", "full"]
Rows = Literal["beam", "elevation"]


@dataclass(frozen=True, repr=False)
class Sensor:
    """A spinning LiDAR and the range image made of its scans.

    Angles are in degrees, in the sensor's frame (x forward, y left, z up): azimuth 0 is ahead and
    grows to the left, elevation is positive above the horizon.

    elevations: of the H beams, highest first, strictly falling.
    columns: W of the range image, over the azimuths from `azimuth_left` down to `azimuth_right`.
    rows: "beam" gives each beam its own row; "elevation" cuts the span of `elevations` into H equal
        steps, as many public projections do (it hides more points: see docs/how-it-works.md).
    cut: the azimuth at which a scan stored beam after beam begins; None estimates it per scan. A
        source sets it once for all of its scans.
    height: of the sensor above the ground, in metres. Networks see z as if it were mounted at the
        1.73 m of the sensor that they were trained on.
    """

    name: str
    elevations: tuple[float, ...]
    columns: int
    azimuth_left: float = 180.0
    azimuth_right: float = -180.0
    rows: Rows = "beam"
    cut: float | None = None
    height: float = 1.73

    def __post_init__(self) -> None:
        beams = np.asarray(self.elevations, dtype=np.float64)
        if not 1 <= len(beams) <= 255:
            raise InputError(f"sensor {self.name}: expected 1 to 255 beams, got {len(beams)}")
        if not np.all(np.isfinite(beams)) or np.any(np.abs(beams) > 90):
            raise InputError(f"sensor {self.name}: beam elevations must lie within -90 and 90 degrees")
        if np.any(np.diff(beams) >= 0):
            raise InputError(f"sensor {self.name}: beam elevations must fall, highest beam first")
        if not 8 <= self.columns <= 16384:
            raise InputError(f"sensor {self.name}: expected 8 to 16384 columns, got {self.columns}")
        if not -180 <= self.azimuth_right < self.azimuth_left <= 180:
            raise InputError(
                f"sensor {self.name}: the view must run from a left to a right azimuth within 180 and "
                f"-180 degrees, got {self.azimuth_left} to {self.azimuth_right}"
            )
        if self.rows not in ("beam", "elevation"):
            raise InputError(f"sensor {self.name}: rows must be 'beam' or 'elevation', got {self.rows!r}")
        if self.cut is not None and not np.isfinite(self.cut):
            raise InputError(f"sensor {self.name}: expected a cut in degrees, got {self.cut}")
        if not 0 < self.height < 100:
            raise InputError(f"sensor {self.name}: expected a height in metres, got {self.height}")

    @property
    def beams(self) -> int:
        """H, the number of beams and of rows."""
        return len(self.elevations)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the range image."""
        return self.beams, self.columns

    @property
    def full_turn(self) -> bool:
        """True if the view is the full turn: the first column is the last one's neighbour."""
        return self.azimuth_left - self.azimuth_right == 360.0

    def __repr__(self) -> str:
        top, bottom = self.elevations[0], self.elevations[-1]
        view = "full turn" if self.full_turn else f"{self.azimuth_left:g} to {self.azimuth_right:g} degrees"
        beams = f"{self.beams} beams from {top:g} to {bottom:g} degrees"
        return f"Sensor({self.name!r}, {beams}, {self.columns} columns, {view}, height {self.height:g} m)"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "elevations": list(self.elevations)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Sensor:
        """The sensor of `as_dict`, as JSON gives it back. Raises KeyError, TypeError or InputError."""
        return cls(**{**fields, "elevations": tuple(fields["elevations"])})

    def with_view(self, view: View) -> Sensor:
        """The same sensor seen ahead (90 degrees) or all around, at the same angular step."""
        step = (self.azimuth_left - self.azimuth_right) / self.columns
        if view not in ("front", "full"):
            raise InputError(f"unknown view {view!r}: use 'front' or 'full'")
        half = 45.0 if view == "front" else 180.0
        return replace(self, columns=round(2 * half / step), azimuth_left=half, azimuth_right=-half)


def falling_elevations(elevations: ArrayLike) -> tuple[float, ...]:
    """Measured elevations in degrees as a `Sensor` takes them: highest first, equal ones a thousandth apart."""
    beams = np.sort(np.asarray(elevations, np.float64))[::-1]
    for k in range(1, len(beams)):
        beams[k] = min(beams[k], beams[k - 1] - 1e-3)
    return tuple(float(beam) for beam in beams)
