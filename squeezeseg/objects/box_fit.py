"""Fitting a box to the points of one object, as far as they are seen."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CLASS_TABLE

DIRECTIONS = 45
"""Directions that are tried for a box, 2 degrees apart."""
EDGE = 0.1
"""Metres within which a point lies on a box's edge."""
STRAYS = 0.003
"""Share of an object's points that lie beyond each of its sides: of hundreds, one may be a neighbour's."""
ENOUGH = 400
"""Points that tell the direction as well as thousands."""


def fit_box(x: NDArray[np.float64], y: NDArray[np.float64], class_id: int, bottom: float, top: float) -> Box:
    """The box of an object's points, x, y (n,) in metres in the sensor's frame, from z `bottom` to `top`.

    Its direction is that for which the points lie nearest to two of its edges, among those for which the box is no
    larger than objects of the class are, if there are any. Which of the two ends is ahead nobody can tell from one
    scan, so the yaw is between -90 and 90 degrees. Sides that are shorter than anything of the class are lengthened
    away from the sensor.
    """
    known = CLASS_TABLE[class_id]
    every = -(-len(x) // ENOUGH)
    yaw = best_direction(x[::every], y[::every], np.pi / 2 / DIRECTIONS, DIRECTIONS, EDGE, *known.largest[:2])
    u, v = x * np.cos(yaw) + y * np.sin(yaw), y * np.cos(yaw) - x * np.sin(yaw)
    sides = [_ends(u), _ends(v)]
    extents = [far - near for near, far in sides]
    along = int(extents[1] > extents[0])
    if extents[along] < known.end:
        along = 1 - along
    if along == 1:  # the box's own axes: forward, left
        yaw, sides = yaw + np.pi / 2, [sides[1], (-sides[0][1], -sides[0][0])]
    grown = [_lengthened(*side, least) for side, least in zip(sides, known.footprint, strict=True)]
    (back, front), (right, left) = grown
    forward, across = (back + front) / 2, (right + left) / 2
    cos, sin = np.cos(yaw), np.sin(yaw)
    middle = (float(forward * cos - across * sin), float(forward * sin + across * cos), bottom)
    size = (float(front - back), float(left - right), top - bottom)
    return Box.standing(known.kitti, middle, size, float((yaw + np.pi / 2) % np.pi - np.pi / 2))


def _ends(along: NDArray[np.float64]) -> tuple[float, float]:
    """Where points begin and end, without the few strays that many have."""
    strays = int(STRAYS * len(along))
    ordered = np.partition(along, (strays, len(along) - 1 - strays))
    return float(ordered[strays]), float(ordered[len(along) - 1 - strays])


def _lengthened(near: float, far: float, least: float) -> tuple[float, float]:
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
        low_u, high_u, low_v, high_v = np.inf, -np.inf, np.inf, -np.inf
        for i in range(len(x)):
            u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
            low_u, high_u = min(low_u, u), max(high_u, u)
            low_v, high_v = min(low_v, v), max(high_v, v)
        length, width = high_u - low_u, high_v - low_v
        if length < width:
            length, width = width, length
        # Negligible beside the closeness of any point.
        score = -1e-3 * length * width
        too_large = max(length - longest, 0.0) + max(width - widest, 0.0)
        if too_large > 0:
            score -= 1e6 * (1 + too_large)
        for i in range(len(x)):
            u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
            away = min(u - low_u, high_u - u, v - low_v, high_v - v)
            score += 1 / max(away, edge)
        if score > best:
            best, angle = score, k * step
    return angle
