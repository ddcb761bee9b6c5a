"""The spherical projection: points to range image.

Wu et al., SqueezeSeg, ICRA 2018, section III.A, with one row per beam instead of equal steps of elevation.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.beam_order import BLOCK, NO_BEAM
from projection.columns import find_columns, find_columns_and_beams
from projection.errors import InputError
from projection.memory import together
from projection.range_image import RangeImage
from projection.rings import assign_beams, cut_of, flattened, nearest_beams
from projection.sensors import Sensor


class ProjectionBuffers:
    """Memory for one range image at a time, for a stream that must not allocate per scan.

    Handed to `project`, it makes the image that is returned valid until the next call with it.
    """

    def __init__(self) -> None:
        self._image: RangeImage | None = None
        self._rows = np.empty(0, np.uint8)
        self._pixel = np.empty(0, np.int32)
        self._distance = np.empty(0, np.float32)

    def image(self, sensor: Sensor, count: int) -> RangeImage:
        """A range image of `sensor` for `count` points, its contents undefined."""
        if len(self._pixel) < count or self._image is None or self._image.sensor.shape != sensor.shape:
            capacity = count + (count // 8 if len(self._pixel) else 0)  # scans differ: grow seldom
            height, width = sensor.shape
            channels, mask, index, self._pixel, self._distance, self._rows = together(
                ((5, height, width), np.float32), ((height, width), np.bool_), ((height, width), np.int32),
                ((capacity,), np.int32), ((capacity,), np.float32), ((capacity,), np.uint8),
            )  # fmt: skip
            self._image = RangeImage(sensor, channels, mask, index, self._pixel[:0], self._distance[:0])
        old = self._image
        return RangeImage(sensor, old.channels, old.mask, old.index, self._pixel[:count], self._distance[:count])

    def rows(self, count: int) -> NDArray[np.uint8]:
        """Memory for the row of each point, after a call of `image` for as many points."""
        return self._rows[:count]


def project(
    points: NDArray[np.float32],
    sensor: Sensor,
    ring: NDArray[np.uint8] | None = None,
    buffers: ProjectionBuffers | None = None,
) -> RangeImage:
    """Project a scan to the sensor's range image; the nearest point wins a pixel, the first of equally near ones.

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
    buffers = buffers or ProjectionBuffers()
    check_points(points, ring)
    image, rows = buffers.image(sensor, len(points)), buffers.rows(len(points))
    flat = flattened(points)
    view = np.deg2rad(sensor.azimuth_left), np.deg2rad(sensor.azimuth_right), sensor.columns
    if sensor.rows == "beam" and ring is None:
        # All in one read of the points, which come from memory or from the farthest cache.
        cut = cut_of(points, sensor)
        if not find_columns_and_beams(flat, *view, cut, sensor.beams, rows, image.pixel, image.distance):
            nearest_beams(flat, sensor, rows)
    else:
        assign_rows(points, sensor, ring, out=rows)
        find_columns(flat, *view, image.pixel, image.distance)
    _splat(rows, image.index, image.pixel, image.distance)
    _gather(flat, image.distance, image.index, image.channels, image.mask)
    return image


def check_points(points: NDArray[np.float32], ring: NDArray[np.uint8] | None) -> None:
    """Raise InputError unless points are (N, 4) float32 and the ring field, where there is one, (N,) uint8."""
    if points.ndim != 2 or points.shape[1] != 4 or points.dtype != np.float32:
        raise InputError(f"expected points (N, 4) float32, got {points.shape} {points.dtype}")
    if ring is not None and (ring.shape != (len(points),) or ring.dtype != np.uint8):
        raise InputError(f"expected ring ({len(points)},) uint8, got {ring.shape} {ring.dtype}")


def assign_rows(
    points: NDArray[np.float32], sensor: Sensor, ring: NDArray[np.uint8] | None, out: NDArray[np.uint8]
) -> None:
    """Write each point's row of the image to `out` (N,), NO_BEAM where there is no return.

    Raises:
        InputError: if `ring` names a beam that the sensor doesn't have.
    """
    if sensor.rows == "beam":
        assign_beams(points, sensor, ring, out=out)
    else:
        _rows_by_elevation(flattened(points), *_elevation_span(sensor), sensor.beams, out)


def _elevation_span(sensor: Sensor) -> tuple[float, float]:
    """Top and bottom elevation in radians of equal rows: half a row beyond the outermost beams."""
    top, bottom = sensor.elevations[0], sensor.elevations[-1]
    half = (top - bottom) / max(sensor.beams - 1, 1) / 2 or 0.5
    return float(np.deg2rad(top + half)), float(np.deg2rad(bottom - half))


@njit(cache=True, nogil=True)
def _rows_by_elevation(
    points: NDArray[np.float32], top: float, bottom: float, height: int, rows: NDArray[np.uint8]
) -> None:
    for i in range(rows.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        if not np.isfinite(x + y + z):
            rows[i] = NO_BEAM
            continue
        row = int(np.floor((top - np.arctan2(z, np.sqrt(x * x + y * y))) / (top - bottom) * height))
        rows[i] = min(max(row, 0), height - 1)


@njit(cache=True, nogil=True)
def _splat(
    rows: NDArray[np.uint8], index: NDArray[np.int32], pixel: NDArray[np.int32], distance: NDArray[np.float32]
) -> None:
    """Make each point's pixel of its column, and find the nearest point of each pixel."""
    index[:] = -1
    for first in range(0, rows.size, BLOCK):
        last = min(first + BLOCK, rows.size)
        _pixels(rows[first:last], index.shape, pixel[first:last], distance[first:last])
        _keep_nearest(first, pixel[first:last], distance, index)


@njit(cache=True, nogil=True)
def _pixels(
    rows: NDArray[np.uint8], shape: tuple[int, int], columns: NDArray[np.int32], distance: NDArray[np.float32]
) -> None:
    """Make pixels of columns; -1, and a distance of 0, where a point is outside the image or no return."""
    height, width = np.int32(shape[0]), np.int32(shape[1])
    for i in range(rows.size):
        row, column, away = np.int32(rows[i]), columns[i], distance[i]
        seen = (row < height) & (column >= np.int32(0)) & (column < width)
        seen &= (away > np.float32(0)) & (away < np.float32(np.inf))
        columns[i] = np.int32(row * width + column) if seen else np.int32(-1)
        distance[i] = away if seen else np.float32(0)


@njit(cache=True, nogil=True)
def _keep_nearest(
    first: int, pixel: NDArray[np.int32], distance: NDArray[np.float32], index: NDArray[np.int32]
) -> None:
    """Write the points from number `first` on to `index` where they are the nearest of their pixel."""
    flat = index.reshape(-1)
    for i in range(pixel.size):
        place = pixel[i]
        if place >= 0:
            best = flat[place]
            if best < 0 or distance[first + i] < distance[best]:
                flat[place] = first + i


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
                intensity = points[4 * i + 3]
                channels[0, row, column] = points[4 * i]
                channels[1, row, column] = points[4 * i + 1]
                channels[2, row, column] = points[4 * i + 2]
                channels[3, row, column] = intensity if np.isfinite(intensity) else np.float32(0)
                channels[4, row, column] = distance[i]
            else:
                for channel in range(5):
                    channels[channel, row, column] = 0.0
