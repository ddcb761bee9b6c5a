"""Rays at triangles, one plane after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def first_hit(
    corners: NDArray[np.floating], rays: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Distance, unit normal and index of the first of `corners` (T, 3, 3) that each of `rays` (M, 6) meets.

    inf, zeros and -1 for a ray that meets none. The normal is (b - a) x (c - a).
    """
    corners = corners.astype(np.float64)
    origin, direction = np.split(rays.astype(np.float64), 2, axis=1)
    distance = np.full(len(rays), np.inf)
    normal = np.zeros((len(rays), 3))
    index = np.full(len(rays), -1)
    for number, (a, b, c) in enumerate(corners):
        across = np.cross(b - a, c - a)
        across /= np.linalg.norm(across)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = (a - origin) @ across / (direction @ across)
            place = origin + away[:, None] * direction
            sides = [np.cross(q - p, place - p) @ across for p, q in ((a, b), (b, c), (c, a))]
            nearer = (away >= 0) & (away < distance) & (np.min(sides, axis=0) >= 0)
        distance[nearer], normal[nearer], index[nearer] = away[nearer], across, number
    return distance, normal, index
