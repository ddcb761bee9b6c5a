"""The spherical projection: points to range image.

Wu et al., SqueezeSeg, ICRA 2018, section III.A, with one row per beam instead of equal steps of elevation.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.errors import InputError
from projection.range_image import RangeImage
from projection.rings import NO_BEAM, assign_beams
from projection.sensors import Sensor


class ProjectionBuffers:
    """Memory for one range image at a time, for a stream that must not allocate per scan.

    Handed to `project`, it makes the image that is returned valid until the next call with it.
    """

    def __init__(self) -> None:
        self._image: RangeImage | None = None
        self._pixel = np.empty(0, np.int32)
        self._distance = np.empty(0, np.float32)

    def image(self, sensor: Sensor, count: int) -> RangeImage:
        """An image of `sensor` for `count` points, its contents undefined."""
        if len(self._pixel) < count:
            self._pixel = np.empty(count + count // 8, np.int32)
            self._distance = np.empty(count + count // 8, np.float32)
        if self._image is None or self._image.sensor.shape != sensor.shape:
            self._image = _empty_image(sensor, 0)
        old = self._image
        return RangeImage(sensor, old.channels, old.mask, old.index, self._pixel[:count], self._distance[:count])


def project(
    points: NDArray[np.float32],
    sensor: Sensor,
    ring: NDArray[np.uint8] | None = None,
    buffers: ProjectionBuffers | None = None,
) -> RangeImage:
    """A scan as the sensor's range image; the nearest point wins a pixel, the first of equally near ones.

    points: (N, 4) float32, x forward, y left, z up in metres, intensity 0..1. A point that is NaN, infinite
        or at range 0 is no return; an intensity that is not finite counts as 0. N may be 0.
    ring: (N,) uint8, the beam of each point where the format gives it; see `assign_beams`.
    buffers: memory to use again; the image is then valid until the next call with them.

    Raises:
        InputError: if points or ring have another shape or dtype.

    Example:
        >>> image = project(scan.points, preset("hdl64_front"))
        >>> scan.points[image.index[image.mask]]  # the points that are seen
    """
    if points.ndim != 2 or points.shape[1] != 4 or points.dtype != np.float32:
        raise InputError(f"expected points (N, 4) float32, got {points.shape} {points.dtype}")
    if ring is not None and (ring.shape != (len(points),) or ring.dtype != np.uint8):
        raise InputError(f"expected ring ({len(points)},) uint8, got {ring.shape} {ring.dtype}")
    image = _empty_image(sensor, len(points)) if buffers is None else buffers.image(sensor, len(points))
    if sensor.rows == "beam":
        rows = assign_beams(points, sensor, ring)
    else:
        rows = np.empty(len(points), np.uint8)
        _rows_by_elevation(points, *_elevation_span(sensor), sensor.beams, rows)
    _splat(
        points,
        rows,
        np.deg2rad(sensor.azimuth_left),
        np.deg2rad(sensor.azimuth_right),
        image.index,
        image.pixel,
        image.distance,
    )
    _gather(points, image.distance, image.index, image.channels, image.mask)
    return image


def _empty_image(sensor: Sensor, count: int) -> RangeImage:
    height, width = sensor.shape
    return RangeImage(
        sensor,
        channels=np.empty((5, height, width), np.float32),
        mask=np.empty((height, width), np.bool_),
        index=np.empty((height, width), np.int32),
        pixel=np.empty(count, np.int32),
        distance=np.empty(count, np.float32),
    )


def _elevation_span(sensor: Sensor) -> tuple[float, float]:
    """Top and bottom elevation in radians of equal rows: half a row beyond the outermost beams."""
    top, bottom = sensor.elevations[0], sensor.elevations[-1]
    half = (top - bottom) / max(sensor.beams - 1, 1) / 2 or 0.5
    return float(np.deg2rad(top + half)), float(np.deg2rad(bottom - half))


@njit(cache=True, nogil=True)
def _rows_by_elevation(
    points: NDArray[np.float32], top: float, bottom: float, height: int, rows: NDArray[np.uint8]
) -> None:
    for i in range(points.shape[0]):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        if not np.isfinite(x + y + z):
            rows[i] = NO_BEAM
            continue
        row = int(np.floor((top - np.arctan2(z, np.sqrt(x * x + y * y))) / (top - bottom) * height))
        rows[i] = min(max(row, 0), height - 1)


@njit(cache=True, nogil=True)
def _splat(
    points: NDArray[np.float32],
    rows: NDArray[np.uint8],
    left: float,
    right: float,
    index: NDArray[np.int32],
    pixel: NDArray[np.int32],
    distance: NDArray[np.float32],
) -> None:
    """Find each point's pixel and the nearest point of each pixel. Angles in radians."""
    height, width = index.shape
    index[:] = -1
    span = left - right
    full_turn = span > 2 * np.pi - 1e-9
    narrow = span < np.pi
    # Unit vectors along the view's edges: two products tell most points outside it without an arctangent.
    left_x, left_y = np.cos(left), np.sin(left)
    right_x, right_y = np.cos(right), np.sin(right)
    for i in range(points.shape[0]):
        pixel[i] = -1
        distance[i] = 0.0
        row = rows[i]
        if row >= height:
            continue
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        if narrow:
            slack = 1e-6 * (abs(x) + abs(y))
            if right_x * y - right_y * x < -slack or left_y * x - left_x * y < -slack:
                continue
        away = np.float32(np.sqrt(x * x + y * y + z * z))
        if not 0.0 < away < np.inf:
            continue
        column = int(np.floor((left - np.arctan2(y, x)) / span * width))
        if column == width and full_turn:
            column = 0  # azimuth -180 is 180
        if column < 0 or column >= width:
            continue
        pixel[i] = row * width + column
        distance[i] = away
        best = index[row, column]
        if best < 0 or away < distance[best]:
            index[row, column] = i


@njit(cache=True, nogil=True)
def _gather(
    points: NDArray[np.float32],
    distance: NDArray[np.float32],
    index: NDArray[np.int32],
    channels: NDArray[np.float32],
    mask: NDArray[np.bool_],
) -> None:
    """Write the channels of each pixel's point."""
    height, width = index.shape
    for row in range(height):
        for column in range(width):
            i = index[row, column]
            seen = i >= 0  # point 0 is a point
            mask[row, column] = seen
            if seen:
                intensity = points[i, 3]
                channels[0, row, column] = points[i, 0]
                channels[1, row, column] = points[i, 1]
                channels[2, row, column] = points[i, 2]
                channels[3, row, column] = intensity if np.isfinite(intensity) else np.float32(0)
                channels[4, row, column] = distance[i]
            else:
                for channel in range(5):
                    channels[channel, row, column] = 0.0
