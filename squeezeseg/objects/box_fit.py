"""Boxes fitted to the points of a scan's objects, as far as they are seen: one kernel for all objects."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import CLASS_TABLE

DIRECTIONS = 45
"""Directions that are tried for a box, 2 degrees apart."""
EDGE = 0.1
"""Metres within which a point lies on a box's edge."""
STRAYS = 0.003
"""Share of an object's points that lie beyond each of its sides: of hundreds, one may be a neighbour's."""
ENOUGH = 400
"""Points that tell the direction as well as thousands."""

KNOWN = np.array([(k.points, k.seen, k.lowest, k.end, *k.footprint, *k.largest) for k in CLASS_TABLE], np.float64)
"""(C, 9): what is known of the objects of each class, see `ObjectClass`."""
_POINTS, _SEEN, _LOWEST, _END, _LENGTH, _WIDTH, _LONGEST, _WIDEST, _TALLEST = range(9)


@njit(cache=True, nogil=True)
def fit_boxes(
    instances: NDArray[np.uint16],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.float32],
    pixel: NDArray[np.int32],
    index: NDArray[np.int32],
    channels: NDArray[np.float32],
    level: NDArray[np.float32],
    known: NDArray[np.float64],
    solid_angle: float,
    own: tuple[float, float, float, float],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Fit a box to each object of a scan of which enough is seen to believe it.

    A box stands on the ground. Its direction is that for which the points lie nearest to two of its edges, among those
    for which the box is no larger than objects of the class are, if there are any. Which of the two ends is ahead
    nobody can tell from one scan, so the yaw is between -90 and 90 degrees. Sides that are shorter than anything of the
    class are lengthened away from the sensor.

    instances, labels, confidence: (N,) of the scan's points, of which only those that won their pixel are looked at.
    pixel, index, channels: of the `RangeImage`. level: (H, W), z in metres of the ground below each pixel.
    known: `KNOWN`. solid_angle: of a pixel, in square radians.
    own: x, y, half the length and half the width of what belongs to the recording car, in metres.

    Returns:
        (B, 3): number, class and points (all of them) of each object that has a box. (B, 8): x, y and z of the middle
        of the box's bottom face, length, width and height in metres, yaw, and the mean confidence.
    """
    flat, flat_index, flat_level = channels.reshape(5, -1), index.reshape(-1), level.reshape(-1)
    most = 0
    for i in range(instances.size):
        most = max(most, instances[i])
    points, ends = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    for i in range(instances.size):
        k = instances[i]
        if k > 0:
            points[k] += 1
            ends[k] += flat_index[pixel[i]] == i
    for k in range(1, most + 1):
        ends[k] += ends[k - 1]
    members = np.empty(ends[most], np.int32)
    for i in range(instances.size - 1, -1, -1):
        k = instances[i]
        if k > 0 and flat_index[pixel[i]] == i:
            ends[k] -= 1  # in the end, where the object's members begin
            members[ends[k]] = i
    numbers, boxes = np.empty((most, 3), np.int64), np.empty((most, 8))
    size = len(members)
    x, y, grounds = np.empty(size), np.empty(size), np.empty(size, np.float32)
    found = 0
    for k in range(1, most + 1):
        first, last = ends[k], ends[k + 1] if k < most else size
        n = last - first
        if n == 0:
            continue
        class_id = labels[members[first]]
        if class_id >= len(known):
            continue
        limits = known[class_id]
        if points[k] < limits[_POINTS]:
            continue
        area, ahead, left, low, top, score = 0.0, 0.0, 0.0, np.inf, -np.inf, 0.0
        for m in range(n):
            i = pixel[members[first + m]]
            x[m], y[m], z, away = flat[0, i], flat[1, i], np.float64(flat[2, i]), np.float64(flat[4, i])
            grounds[m] = flat_level[i]
            area += away * away
            ahead, left = max(ahead, abs(x[m] - own[0])), max(left, abs(y[m] - own[1]))
            low, top = min(low, z), max(top, z)
            score += confidence[members[first + m]]
        if solid_angle * area < limits[_SEEN] or (ahead <= own[2] and left <= own[3]):
            continue
        bottom = min(np.float64(np.median(grounds[:n])), low)
        box = boxes[found]
        _fit(x[:n], y[:n], limits, box)
        box[2], box[5], box[7] = bottom, top - bottom, score / n
        if (
            box[5] >= limits[_LOWEST]
            and box[3] <= limits[_LONGEST]
            and box[4] <= limits[_WIDEST]
            and box[5] <= limits[_TALLEST]
        ):
            numbers[found, 0], numbers[found, 1], numbers[found, 2] = k, class_id, points[k]
            found += 1
    return numbers[:found], boxes[:found]


@njit(cache=True, nogil=True)
def _fit(x, y, limits, box):  # type: ignore[no-untyped-def]
    """Write x, y, length, width and yaw of the box of points x, y (n,)."""
    every = -(-x.size // ENOUGH)
    yaw = best_direction(
        x[::every].copy(),
        y[::every].copy(),
        np.pi / 2 / DIRECTIONS,
        DIRECTIONS,
        EDGE,
        limits[_LONGEST],
        limits[_WIDEST],
    )
    cos, sin = np.cos(yaw), np.sin(yaw)
    u, v = x * cos + y * sin, y * cos - x * sin
    near_u, far_u = _ends(u)
    near_v, far_v = _ends(v)
    length, width = far_u - near_u, far_v - near_v
    sideways = width > length
    if (width if sideways else length) < limits[_END]:
        sideways = not sideways
    if sideways:  # the box's own axes: forward, left
        yaw += np.pi / 2
        cos, sin = np.cos(yaw), np.sin(yaw)
        near_u, far_u, near_v, far_v = near_v, far_v, -far_u, -near_u
    back, front = _lengthened(near_u, far_u, limits[_LENGTH])
    right, left = _lengthened(near_v, far_v, limits[_WIDTH])
    forward, across = (back + front) / 2, (right + left) / 2
    box[0], box[1] = forward * cos - across * sin, forward * sin + across * cos
    box[3], box[4], box[6] = front - back, left - right, (yaw + np.pi / 2) % np.pi - np.pi / 2


@njit(cache=True, nogil=True)
def _ends(along):  # type: ignore[no-untyped-def]
    """Where points begin and end, without the few strays that many have."""
    kept = int(STRAYS * along.size) + 1
    low, high = np.full(kept, np.inf), np.full(kept, -np.inf)  # the lowest, rising, and the highest, falling
    for i in range(along.size):
        value = along[i]
        if value < low[kept - 1]:
            k = kept - 1
            while k > 0 and low[k - 1] > value:
                low[k] = low[k - 1]
                k -= 1
            low[k] = value
        if value > high[kept - 1]:
            k = kept - 1
            while k > 0 and high[k - 1] < value:
                high[k] = high[k - 1]
                k -= 1
            high[k] = value
    return low[kept - 1], high[kept - 1]


@njit(cache=True, nogil=True)
def _lengthened(near, far, least):  # type: ignore[no-untyped-def]
    """Lengthen a side to `least`, away from the sensor at 0: its two ends."""
    missing = least - (far - near)
    if missing <= 0:
        return near, far
    if near > 0:
        return near, far + missing
    if far < 0:
        return near - missing, far
    return near - missing / 2, far + missing / 2


@njit(cache=True, nogil=True)
def best_direction(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    step: float,
    count: int,
    edge: float,
    longest: float = np.inf,
    widest: float = np.inf,
) -> float:
    """The angle in radians, 0 to 90 degrees, for which points lie nearest to the edges of a box.

    The closeness criterion of Zhang et al., Efficient L-shape fitting for vehicle detection using laser scanners, IV
    2017, algorithm 4. The smallest area breaks ties. A box that is longer than `longest` or wider than `widest` metres
    only comes after all that aren't, the less it is too large the better.
    """
    best, angle = -np.inf, 0.0
    for k in range(count):
        cos, sin = np.cos(k * step), np.sin(k * step)
        low_u, high_u, low_v, high_v = _bounds(x, y, cos, sin)
        length, width = high_u - low_u, high_v - low_v
        if length < width:
            length, width = width, length
        # Negligible beside the closeness of any point.
        score = -1e-3 * length * width
        too_large = max(length - longest, 0.0) + max(width - widest, 0.0)
        if too_large > 0:
            score -= 1e6 * (1 + too_large)
        score += _closeness(x, y, cos, sin, low_u, high_u, low_v, high_v, edge)
        if score > best:
            best, angle = score, k * step
    return angle


# Sums and extremes in any order, so that the loops become vector code. No coordinate is NaN.
@njit(cache=True, nogil=True, fastmath={"reassoc", "nnan", "nsz"})
def _bounds(x, y, cos, sin):  # type: ignore[no-untyped-def]
    low_u, high_u, low_v, high_v = np.inf, -np.inf, np.inf, -np.inf
    for i in range(x.size):
        u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
        low_u, high_u = min(low_u, u), max(high_u, u)
        low_v, high_v = min(low_v, v), max(high_v, v)
    return low_u, high_u, low_v, high_v


@njit(cache=True, nogil=True, fastmath={"reassoc", "nnan", "nsz"}, error_model="numpy")
def _closeness(x, y, cos, sin, low_u, high_u, low_v, high_v, edge):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(x.size):
        u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
        away = min(u - low_u, high_u - u, v - low_v, high_v - v)
        total += 1 / max(away, edge)
    return total
