"""Beams by the order of points: in a scan stored beam after beam, the azimuth falls once from each to the next."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NO_BEAM = 255
"""The beam of a point that is not a return (NaN, infinite, or at range 0)."""
NO_POINT = np.array([0, -1, 255])
"""The state before the first point, see `number_beams`."""
BLOCK = 256
"""Points worked on at a time: they stay in the nearest cache."""
FURTHEST = (2.0**128 - 2.0**103) ** 2
"""Square metres, whose root float32 can't hold."""
_MANY = 64  # points that are passed over together


@njit(cache=True, nogil=True)
def find_sides(points: NDArray[np.float32], cos: float, sin: float, sides: NDArray[np.uint8]) -> None:
    """The side of the cut that each point lies on: 0 its left or on it, 1 its right, 255 no return."""
    for i in range(sides.size):
        x, y, z = np.float64(points[4 * i]), np.float64(points[4 * i + 1]), np.float64(points[4 * i + 2])
        side = np.uint8(1) if y * cos - x * sin < 0.0 else np.uint8(0)
        squared = x * x + y * y + z * z
        sides[i] = side if (squared > 0.0) & (squared < FURTHEST) else np.uint8(NO_BEAM)


@njit(cache=True, nogil=True)
def number_beams(
    points: NDArray[np.float32],
    begin: int,
    end: int,
    cut: float,
    count: int,
    beams: NDArray[np.uint8],
    state: NDArray[np.int64],
    slope: NDArray[np.float64],
    members: NDArray[np.float64],
) -> None:
    """Number the beams of the points from `begin` to `end`, block after block from the scan's first point on.

    beams: (N,), of those points the `side` of the cut, which becomes their beam.
    state: (3,), at first `NO_POINT`: the beam, -1 while noise has stepped back over the cut in the first one, or more
        than `count` if the scan is not stored beam after beam; the last return, -1 for none, and its side.
    slope, members: (count + 2,), at first 0: by beam, the sum of the tangents of its points' elevation, and how many
        these are.
    """
    cos, sin = np.cos(cut), np.sin(cut)
    beam, last, side = state[0], state[1], np.uint8(state[2])
    first = begin  # of the points that are `beam`'s and have no number yet
    if beam > count:
        return
    for start in range(begin, end, _MANY):
        stop = min(start + _MANY, end)
        if _all_are(side, beams[start:stop]):  # as for nearly all
            last = stop - 1
            continue
        for i in range(start, stop):
            if beams[i] == side:
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
                        state[0] = beam
                        return
            last, side = i, beams[i]
    _number(points[4 * first : 4 * end], max(beam, 0), beams[first:end], slope, members)
    state[0], state[1], state[2] = beam, last, side


@njit(cache=True, nogil=True)
def settle_beams(
    state: NDArray[np.int64],
    slope: NDArray[np.float64],
    members: NDArray[np.float64],
    count: int,
    beams: NDArray[np.uint8],
) -> bool:
    """Number from the lowest beam; False if the scan is not stored beam after beam. See `number_beams`."""
    beam = state[0]
    runs = beam + 1
    if beam > count or 4 * runs < 3 * count:
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


# Without a branch, so that it becomes vector code.
@njit(cache=True, nogil=True)
def _all_are(side: np.uint8, sides: NDArray[np.uint8]) -> bool:
    others = False
    for i in range(sides.size):
        others |= sides[i] != side
    return not others


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
