"""The beam of each point: from the sensor's ring field, the scan's order, or the nearest elevation.

KITTI stores a scan beam after beam, the highest first, each beam's points by growing azimuth from one
common angle, the *cut*. So a point's beam is the number of times the azimuth, counted from the cut, has
fallen. That is exact, where the elevation is not: beams rise and fall by up to half a degree with the
car's pitch and with the distance of what they hit.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.beam_order import BLOCK, FURTHEST, NO_BEAM, NO_POINT, find_sides, number_beams, settle_beams
from projection.errors import InputError
from projection.sensors import Sensor

_FLAT = 0.15  # degrees that a beam may waver over a few points of one surface
_DROP = 0.2  # degrees: less than the step between any two beams of an HDL-64E


def assign_beams(
    points: NDArray[np.float32],
    sensor: Sensor,
    ring: NDArray[np.uint8] | None = None,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """The beam of each point.

    points (N, 4) float32 in the sensor's frame -> (N,) uint8, 0 the highest beam, NO_BEAM where there is no
    return. With `ring`, that is the answer; else the scan's order where the scan is stored beam after beam;
    else the nearest of the sensor's elevations. The answer is written to `out` (N,) where it is given.

    Raises:
        InputError: if `ring` names a beam that the sensor doesn't have.
    """
    beams = np.empty(len(points), np.uint8) if out is None else out
    flat = flattened(points)
    if ring is not None:
        if len(ring) and int(ring.max()) >= sensor.beams:
            raise InputError(
                f"ring field names beam {int(ring.max())}, but sensor {sensor.name} has {sensor.beams} beams: "
                "choose the sensor that recorded the scan"
            )
        _beams_by_ring(flat, ring, beams)
        return beams
    if not _beams_by_order(flat, cut_of(points, sensor), sensor.beams, beams):
        nearest_beams(flat, sensor, beams)
    return beams


def cut_of(points: NDArray[np.float32], sensor: Sensor) -> float:
    """The azimuth in radians at which each beam of a scan begins: the sensor's, or else estimated."""
    return float(np.deg2rad(estimate_cut(points) if sensor.cut is None else sensor.cut))


def nearest_beams(points: NDArray[np.float32], sensor: Sensor, out: NDArray[np.uint8]) -> None:
    """Write the beam whose elevation is the nearest to each point's to `out` (N,); points: see `flattened`."""
    elevations = np.deg2rad(np.asarray(sensor.elevations))
    _beams_by_elevation(points, np.tan((elevations[1:] + elevations[:-1]) / 2), out)


def flattened(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points (N, 4) -> (4 N,), contiguous, for the kernels: of (N, 4) LLVM doesn't know that a row has four values.

    Read-only whatever it was, for numba compiles once for each kind of array.
    """
    flat = np.ascontiguousarray(points).reshape(-1).view()
    flat.flags.writeable = False
    return flat


def estimate_cut(points: NDArray[np.float32]) -> float:
    """The azimuth at which each beam of a scan begins, in degrees 0..360; 0 for fewer than 8 returns.

    It lies between the azimuths of the scan's last and first point. There, each step from one beam to the
    next shows as a drop from one flat stretch of elevation to another, and the cut is the azimuth that most
    of these steps pass over. points: (N, 4) float32, stored beam after beam.
    """
    before, after = np.empty(len(points)), np.empty(len(points))
    count, first, last = _drops(flattened(points), before, after)
    if first == last:
        return 0.0
    before, after = before[:count], after[:count]

    # Azimuths from here on count from the last point's, so that the first point's is the end of the search.
    origin = _azimuth(points[last])
    end = (_azimuth(points[first]) - origin) % 360.0
    left = (before - origin) % 360.0
    width = (after - before) % 360.0
    left[left + width > 360.0] -= 360.0
    right = left + width
    inside = (left <= end) & (right >= 0.0) & (width < 180.0)
    left, right = np.clip(left[inside], 0.0, end), np.clip(right[inside], 0.0, end)
    if len(left) == 0:
        return float((origin + end / 2) % 360.0)

    # The azimuth under the most intervals lies just after the start of one of them.
    left, right = np.sort(left), np.sort(right)
    covering = np.arange(1, len(left) + 1) - np.searchsorted(right, left, side="left")
    begin = left[np.argmax(covering)]
    until = right[np.searchsorted(right, begin, side="left")]
    return float((origin + (begin + until) / 2) % 360.0)


def _azimuth(point: NDArray[np.float32]) -> float:
    """The azimuth of one point, in degrees 0..360."""
    return float(np.degrees(np.arctan2(np.float64(point[1]), np.float64(point[0]))) % 360.0)


def returns(points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mask of returns: points (N, 3 or more) -> (N,), False for NaN, infinite and at range 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.sqrt(np.sum(points[:, :3].astype(np.float64) ** 2, axis=1)).astype(np.float32)
        return np.asarray((distance > 0) & (distance < np.inf))


@njit(cache=True, nogil=True)
def _is_return(x: float, y: float, z: float) -> bool:
    """`returns` of one point, x, y, z in double precision: float32 cannot hold the squares of all that it can hold."""
    return bool(0.0 < x * x + y * y + z * z < FURTHEST)


@njit(cache=True, nogil=True)
def _drops(
    points: NDArray[np.float32], before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[int, int, int]:
    """Drops of the elevation, near the cut, from one flat stretch of three returns to the next.

    Fills the azimuths in degrees of the returns before and after each drop. Returns how many drops there are, and the
    first and the last return of the scan: both 0 where it has fewer than 8.
    """
    count = points.size // 4
    first, last, total = -1, 0, 0
    for i in range(count):
        if _is_return(np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])):
            first = i if first < 0 else first
            last = i
            total += 1
    if total < 8:
        return 0, 0, 0
    # The cut lies to the left of the last return, up to the first one. Two products show that most steps miss it.
    x0, y0 = np.float64(points[4 * last]), np.float64(points[4 * last + 1])
    x1, y1 = np.float64(points[4 * first]), np.float64(points[4 * first + 1])
    narrow = x0 * x1 + y0 * y1 > 0.0 and x0 * y1 - y0 * x1 > 0.0
    elevation = np.empty(6)
    window = np.zeros(6, np.int64)  # the six last returns
    filled, drops, was_left, was_near = 0, 0, False, True
    for i in range(first, count):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        if not _is_return(x, y, z):
            continue
        for k in range(5):
            window[k] = window[k + 1]
        window[5] = i
        filled += 1
        if filled < 6:
            continue
        # The step is from the third to the fourth of them.
        x, y = np.float64(points[4 * window[3]]), np.float64(points[4 * window[3] + 1])
        slack = 1e-6 * (abs(x) + abs(y))
        across = x0 * y - y0 * x
        left = bool(across >= 0.0)
        near = bool(across >= -slack * (abs(x0) + abs(y0)) and x * y1 - y * x1 >= -slack * (abs(x1) + abs(y1)))
        asked = not narrow or near or was_near or left != was_left
        was_left, was_near = left, near
        if not asked:
            continue
        for k in range(6):
            j = 4 * window[k]
            x, y = np.float64(points[j]), np.float64(points[j + 1])
            elevation[k] = np.degrees(np.arctan2(np.float64(points[j + 2]), np.hypot(x, y)))
        high, higher = _flat_middle(elevation[:3])
        low, lower = _flat_middle(elevation[3:])
        if higher and lower and high - low > _DROP:
            j, k = 4 * window[2], 4 * window[3]
            before[drops] = np.degrees(np.arctan2(np.float64(points[j + 1]), np.float64(points[j]))) % 360.0
            after[drops] = np.degrees(np.arctan2(np.float64(points[k + 1]), np.float64(points[k]))) % 360.0
            drops += 1
    return drops, first, last


@njit(cache=True, nogil=True)
def _flat_middle(three: NDArray[np.float64]) -> tuple[float, bool]:
    """The median of three elevations, and whether they are those of a flat stretch."""
    low, high = min(three[0], three[1]), max(three[0], three[1])
    return max(low, min(high, three[2])), max(high, three[2]) - min(low, three[2]) < _FLAT


@njit(cache=True, nogil=True)
def _beams_by_ring(points: NDArray[np.float32], ring: NDArray[np.uint8], beams: NDArray[np.uint8]) -> None:
    for i in range(beams.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        beams[i] = ring[i] if _is_return(x, y, z) else NO_BEAM


@njit(cache=True, nogil=True)
def _beams_by_order(points: NDArray[np.float32], cut: float, count: int, beams: NDArray[np.uint8]) -> bool:
    """Number the beams by order. False if the scan turns out not to be stored beam after beam."""
    state, slope, members = NO_POINT.copy(), np.zeros(count + 2), np.zeros(count + 2)
    for first in range(0, beams.size, BLOCK):
        last = min(first + BLOCK, beams.size)
        find_sides(points[4 * first : 4 * last], np.cos(cut), np.sin(cut), beams[first:last])
        number_beams(points, first, last, cut, count, beams, state, slope, members)
    return settle_beams(state, slope, members, count, beams)


@njit(cache=True, nogil=True)
def _beams_by_elevation(points: NDArray[np.float32], edges: NDArray[np.float64], beams: NDArray[np.uint8]) -> None:
    """edges (H - 1,): tangents of the elevations half way between two beams, falling."""
    for i in range(beams.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        if not _is_return(x, y, z):
            beams[i] = NO_BEAM
            continue
        ground = np.sqrt(x * x + y * y)
        low, high = 0, edges.shape[0]
        while low < high:
            mid = (low + high) // 2
            if z >= edges[mid] * ground:
                high = mid
            else:
                low = mid + 1
        beams[i] = low
