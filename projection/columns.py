"""The columns of points in a range image, and their distances: one read of the points, block by block."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.beam_order import BLOCK, FURTHEST, NO_BEAM, NO_POINT, find_sides, number_beams, settle_beams

_UNSURE = -32768  # the column of a point whose azimuth must be known better


@njit(cache=True, nogil=True)
def find_columns(
    points: NDArray[np.float32],
    left: float,
    right: float,
    width: int,
    column: NDArray[np.int32],
    distance: NDArray[np.float32],
) -> None:
    """Find each point's column, -1 or `width` outside the image, and its distance. Angles in radians."""
    narrow = left - right < np.pi
    for first in range(0, column.size, BLOCK):
        last = min(first + BLOCK, column.size)
        block, columns, away = points[4 * first : 4 * last], column[first:last], distance[first:last]
        if narrow and not _reaches(block, left, right):
            columns[:] = -1
            away[:] = 0.0
            continue
        _distances(block, away)
        _columns(block, left, width / (left - right), columns)
        _be_sure(block, away, left, right, width, columns)


@njit(cache=True, nogil=True)
def find_columns_and_beams(
    points: NDArray[np.float32],
    left: float,
    right: float,
    width: int,
    cut: float,
    count: int,
    beams: NDArray[np.uint8],
    column: NDArray[np.int32],
    distance: NDArray[np.float32],
) -> bool:
    """`find_columns`, and number the beams by order; False if the scan turns out not to be stored beam after beam."""
    narrow = left - right < np.pi
    state, slope, members = NO_POINT.copy(), np.zeros(count + 2), np.zeros(count + 2)
    for first in range(0, column.size, BLOCK):
        last = min(first + BLOCK, column.size)
        block, columns, away = points[4 * first : 4 * last], column[first:last], distance[first:last]
        beside = narrow and not _reaches(block, left, right)
        if beside:
            find_sides(block, np.cos(cut), np.sin(cut), beams[first:last])
        else:
            _distances_and_sides(block, np.cos(cut), np.sin(cut), away, beams[first:last])
        number_beams(points, first, last, cut, count, beams, state, slope, members)
        if beside:
            columns[:] = -1
            away[:] = 0.0
            continue
        _columns(block, left, width / (left - right), columns)
        _be_sure(block, away, left, right, width, columns)
    return bool(settle_beams(state, slope, members, count, beams))


@njit(cache=True, nogil=True)
def _reaches(points: NDArray[np.float32], left: float, right: float) -> bool:
    """True if any point may lie in a view of less than half a turn: two products instead of an arctangent."""
    left_x, left_y = np.float32(np.cos(left)), np.float32(np.sin(left))
    right_x, right_y = np.float32(np.cos(right)), np.float32(np.sin(right))
    inside = np.int32(0)
    for i in range(points.size // 4):
        x, y = points[4 * i], points[4 * i + 1]
        slack = np.float32(1e-5) * (abs(x) + abs(y))
        beside = (right_x * y - right_y * x < -slack) | (left_y * x - left_x * y < -slack)
        inside += np.int32(0) if beside else np.int32(1)
    return bool(inside > 0)


@njit(cache=True, nogil=True)
def _distances(points: NDArray[np.float32], distance: NDArray[np.float32]) -> None:
    for i in range(distance.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        distance[i] = np.float32(np.sqrt(x * x + y * y + z * z))


@njit(cache=True, nogil=True)
def _distances_and_sides(
    points: NDArray[np.float32], cos: float, sin: float, distance: NDArray[np.float32], sides: NDArray[np.uint8]
) -> None:
    """The same, and the side of the cut that each point lies on, as `number_beams` takes it."""
    for i in range(distance.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        squared = x * x + y * y + z * z
        distance[i] = np.float32(np.sqrt(squared))
        side = np.uint8(1) if y * cos - x * sin < 0.0 else np.uint8(0)
        sides[i] = side if (squared > 0.0) & (squared < FURTHEST) else np.uint8(NO_BEAM)


# numpy's error model: Python's would check each division for zero.
@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def _columns(points: NDArray[np.float32], left: float, scale: float, columns: NDArray[np.int32]) -> None:
    """The column of each point, in or out of the image; `_UNSURE` near a border between two. scale: columns a radian.

    The arctangent is a polynomial, fitted by least squares at Chebyshev nodes: off by 3e-7 radians at most, and the
    angle by 1e-6 with all that float32 rounds.
    """
    half, turn = np.float32(np.pi / 2), np.float32(np.pi)
    start, step = np.float32(left), np.float32(scale)
    border = np.float32(4e-6 * scale)
    for i in range(columns.size):
        x, y = points[4 * i], points[4 * i + 1]
        across, along = abs(x), abs(y)
        t = min(across, along) / max(across, along)
        q = t * t
        angle = np.float32(-0.03372593810398408) + q * np.float32(0.006842624897512907)
        angle = np.float32(-0.1324752277161867) + q * (np.float32(0.07981120495599932) + q * angle)
        angle = np.float32(-0.33318302899446556) + q * (np.float32(0.1981321350906612) + q * angle)
        angle = t * (np.float32(0.999996634700673) + q * angle)
        angle = half - angle if along > across else angle
        angle = turn - angle if x < 0 else angle
        angle = -angle if y < 0 else angle
        share = (start - angle) * step
        column = np.floor(share)
        part = share - column
        # Never so for NaN, as at x = y = 0.
        sure = (part > border) & (part < np.float32(1) - border)
        columns[i] = np.int32(column) if sure else np.int32(_UNSURE)


@njit(cache=True, nogil=True)
def _be_sure(
    points: NDArray[np.float32],
    distance: NDArray[np.float32],
    left: float,
    right: float,
    width: int,
    columns: NDArray[np.int32],
) -> None:
    """The columns of those that are `_UNSURE`, -1 or `width` outside the image."""
    span = left - right
    full_turn = span > 2 * np.pi - 1e-9
    for i in range(columns.size):
        if columns[i] == _UNSURE and 0.0 < distance[i] < np.inf:
            azimuth = np.arctan2(np.float64(points[4 * i + 1]), np.float64(points[4 * i]))
            column = int(np.floor((left - azimuth) / span * width))
            if column == width and full_turn:
                column = 0  # azimuth -180 is 180
            columns[i] = min(max(column, -1), width)
