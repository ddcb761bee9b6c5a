"""The range image: a scan as an image, a row per beam, a column per step of azimuth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from projection.sensors import Sensor

T = TypeVar("T", bound=np.generic)

CHANNELS = ("x", "y", "z", "intensity", "range")


@dataclass(frozen=True, eq=False, repr=False)
class RangeImage:
    """A scan of N points as an H x W image, and the way back.

    Row 0 is the highest beam, column 0 the leftmost azimuth. A pixel without a return is 0 in all
    channels.

    sensor: whose image it is.
    channels: (5, H, W) float32: x, y, z in metres, intensity 0..1, range in metres.
    mask: (H, W) bool, where there is a return.
    index: (H, W) int32, the point that won the pixel (the nearest), -1 where there is none.
    pixel: (N,) int32, each point's flat pixel (row * W + column), -1 outside the view or not a return.
        A point that lost its pixel to a nearer one still has it.
    distance: (N,) float32, each point's range in metres, 0 where `pixel` is -1.
    """

    sensor: Sensor
    channels: NDArray[np.float32]
    mask: NDArray[np.bool_]
    index: NDArray[np.int32]
    pixel: NDArray[np.int32]
    distance: NDArray[np.float32]

    def __post_init__(self) -> None:
        shape = self.sensor.shape
        if self.channels.shape != (5, *shape) or self.mask.shape != shape or self.index.shape != shape:
            raise ValueError(
                f"expected channels (5, {shape[0]}, {shape[1]}), mask and index {shape}, got "
                f"{self.channels.shape}, {self.mask.shape}, {self.index.shape}"
            )
        if self.pixel.ndim != 1 or self.pixel.shape != self.distance.shape:
            raise ValueError(f"expected pixel and distance (N,), got {self.pixel.shape}, {self.distance.shape}")

    def __repr__(self) -> str:
        height, width = self.sensor.shape
        seen, points = np.count_nonzero(self.mask), len(self.pixel)
        return f"RangeImage({height} x {width}, sensor {self.sensor.name}, {seen:,} of {points:,} points seen)"

    def of_pixels(self, values: NDArray[T], fill: int | float) -> NDArray[T]:
        """Values of points as an image: (N,) -> (H, W), each pixel its nearest point's, `fill` where it has none."""
        if values.shape != self.pixel.shape:
            raise ValueError(f"expected values {self.pixel.shape}, got {values.shape}")
        image = np.full(self.sensor.shape, fill, values.dtype)
        image[self.mask] = values[self.index[self.mask]]
        return image
