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

from projection.errors import InputError
from projection.sensors import Sensor

NO_BEAM = 255
"""The beam of a point that is not a return (NaN, infinite, or at range 0)."""

_FURTHEST = (2.0**128 - 2.0**103) ** 2  # square metres, whose root float32 can't hold
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
    cut = estimate_cut(points) if sensor.cut is None else sensor.cut
    if not _beams_by_order(flat, np.deg2rad(cut), sensor.beams, beams):
        elevations = np.deg2rad(np.asarray(sensor.elevations))
        _beams_by_elevation(flat, np.tan((elevations[1:] + elevations[:-1]) / 2), beams)
    return beams


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
    return bool(0.0 < x * x + y * y + z * z < _FURTHEST)


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
        beams[i] = ring[i] if _is_return(x, y, z) else 255


@njit(cache=True, nogil=True)
def _beams_by_order(points: NDArray[np.float32], cut: float, count: int, beams: NDArray[np.uint8]) -> bool:
    """Number the beams by order. False if the scan turns out not to be stored beam after beam."""
    cos, sin = np.cos(cut), np.sin(cut)
    slope = np.zeros(count + 2)  # summed tangents of elevation by beam
    members = np.zeros(count + 2)
    _sides(points, cos, sin, beams)
    beam = 0  # -1 while noise has stepped back over the cut in the first beam
    first = 0  # of the points that are `beam`'s and have no number yet
    last, side = -1, 255  # the return before, and its side
    for i in range(beams.size):
        if beams[i] == side:  # as for nearly all points
            last = i
            continue
        if beams[i] == 255:
            continue
        if last >= 0:
            x, y = np.float64(points[4 * i]), np.float64(points[4 * i + 1])
            x0, y0 = np.float64(points[4 * last]), np.float64(points[4 * last + 1])
            # In a frame whose x axis is the cut.
            u, v, u0, v0 = x * cos + y * sin, y * cos - x * sin, x0 * cos + y0 * sin, y0 * cos - x0 * sin
            growth = u0 * v - v0 * u  # sine of the azimuth's growth, to scale
            step = 0
            if beams[i] == 0:
                # From the right of the cut to its left: a fall of the azimuth if it was the short way round.
                step = 1 if growth > 0.0 else 0
            elif u > 0.0 and -0.1 * (u * u0 + v * v0) < growth < 0.0:
                step = -1  # a step back over the cut of a few degrees at most: noise in the azimuth
            if step != 0:
                _number(points[4 * first : 4 * i], max(beam, 0), beams[first:i], slope, members)
                first = i
                beam += step
                if beam > count:
                    return False
        last, side = i, beams[i]
    _number(points[4 * first :], max(beam, 0), beams[first:], slope, members)

    runs = beam + 1
    if 4 * runs < 3 * count:
        return False
    falling = 0
    for k in range(1, runs):
        falling += slope[k] * members[k - 1] < slope[k - 1] * members[k]
    if 10 * falling < 9 * (runs - 1):
        return False
    # Whole beams go missing at the top, in the open sky: number from the lowest, which sees the ground.
    missing = count - runs
    if missing != 0:
        for i in range(beams.size):
            if beams[i] != 255:
                beams[i] = min(beams[i] + max(missing, 0), count - 1)
    return True


@njit(cache=True, nogil=True)
def _sides(points: NDArray[np.float32], cos: float, sin: float, sides: NDArray[np.uint8]) -> None:
    """The side of the cut that each point lies on: 0 its left or on it, 1 its right, 255 no return."""
    for i in range(sides.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        side = np.uint8(1) if y * cos - x * sin < 0.0 else np.uint8(0)
        squared = x * x + y * y + z * z
        sides[i] = side if (squared > 0.0) & (squared < _FURTHEST) else np.uint8(255)


# Sums in any order, so that the loop becomes vector code.
@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"}, error_model="numpy")
def _number(
    points: NDArray[np.float32],
    beam: int,
    beams: NDArray[np.uint8],
    slope: NDArray[np.float64],
    members: NDArray[np.float64],
) -> None:
    """Number the returns of one beam, and add the tangents of their elevations to `slope`, their count to `members`."""
    total, count = np.float32(0), np.int32(0)
    number = np.uint8(beam)
    for i in range(beams.size):
        x, y, z = points[4 * i], points[4 * i + 1], points[4 * i + 2]
        ground = np.sqrt(x * x + y * y)
        seen = (beams[i] != 255) & (ground > 0)
        total += z / ground if seen else np.float32(0)
        count += np.int32(1) if seen else np.int32(0)
        beams[i] = number if beams[i] != 255 else np.uint8(255)
    slope[beam] += total
    members[beam] += count


@njit(cache=True, nogil=True)
def _beams_by_elevation(points: NDArray[np.float32], edges: NDArray[np.float64], beams: NDArray[np.uint8]) -> None:
    """edges (H - 1,): tangents of the elevations half way between two beams, falling."""
    for i in range(beams.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        if not _is_return(x, y, z):
            beams[i] = 255
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
