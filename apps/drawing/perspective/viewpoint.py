"""Viewpoint: the eye that sees a picture, by name or by azimuth, elevation and distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection import InputError

NEAR = 0.2
"""Metres before the eye from which on anything is seen."""


@dataclass(frozen=True)
class Viewpoint:
    """An eye that looks at a target, both in the sensor's frame (x forward, y left, z up, metres).

    azimuth: of the eye around the target, degrees, 0 ahead of it, 90 left, 180 behind.
    elevation: of the eye above the target's horizon, degrees, 90 straight above.
    distance: metres between the two.
    target: what lies in the picture's middle.
    field: of view from top to bottom, degrees.
    """

    azimuth: float = 180.0
    elevation: float = 25.0
    distance: float = 30.0
    target: tuple[float, float, float] = (6.0, 0.0, -1.0)
    field: float = 45.0

    def __post_init__(self) -> None:
        if not np.all(np.isfinite((self.azimuth, self.elevation, self.distance, *self.target))):
            raise InputError("camera: azimuth, elevation and distance must be finite numbers")
        if not -90 <= self.elevation <= 90:
            raise InputError(f"camera: elevation {self.elevation:g} must be -90 to 90 degrees")
        if not 0.5 <= self.distance <= 500:
            raise InputError(f"camera: distance {self.distance:g} must be 0.5 to 500 metres")

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): rows are the picture's right, down and forward in the sensor's frame."""
        azimuth, elevation = np.deg2rad((self.azimuth, self.elevation))
        forward = -np.array(
            [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
        )
        # Not from the zenith, which is forward itself where the eye looks straight down.
        right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
        return np.stack([right, np.cross(forward, right), forward])

    @property
    def eye(self) -> NDArray[np.float64]:
        """(3,): where it is taken from."""
        return np.asarray(self.target - self.distance * self.rotation[2])

    def focal(self, height: int) -> float:
        """The focal length in pixels of a picture of this height."""
        return float(height / 2 / np.tan(np.deg2rad(self.field) / 2))

    def pixels(self, points: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float64]:
        """points (N, 3) -> (N, 2): column and row in a picture of this width and height, NaN behind the eye."""
        width, height = size
        right, down, depth = ((points - self.eye) @ self.rotation.T).T
        seen = np.where(depth > NEAR, depth, np.nan)
        focal = self.focal(height)
        return np.stack([width / 2 + focal * right / seen, height / 2 + focal * down / seen], axis=1)


VIEWPOINTS: Mapping[str, Viewpoint] = {
    "chase": Viewpoint(),
    "top": Viewpoint(180.0, 90.0, 75.0, (0.0, 0.0, 0.0)),
    "side": Viewpoint(90.0, 20.0, 32.0, (4.0, 0.0, -1.0)),
    "driver": Viewpoint(180.0, 4.0, 15.0, (15.0, 0.0, -0.8), field=40.0),
}
"""Those that have a name."""


def parse_viewpoint(text: str) -> Viewpoint:
    """A name, or 'azimuth,elevation,distance' around the sensor. Raises InputError that tells both."""
    if (named := VIEWPOINTS.get(text.strip().lower())) is not None:
        return named
    try:
        azimuth, elevation, distance = (float(word) for word in text.split(","))
    except ValueError:
        raise InputError(
            f"camera {text!r}: use {', '.join(VIEWPOINTS)}, or azimuth,elevation,distance such as 150,20,40"
        ) from None
    return Viewpoint(azimuth, elevation, distance, (0.0, 0.0, 0.0))
