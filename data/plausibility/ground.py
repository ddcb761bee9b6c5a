"""The ground around the sensor, as a plane: how far below it lies, and how it slopes.

The lowest returns of small cells around the sensor lie on the ground, or on what stands on it. The plane is the one
that most of them lie on (RANSAC: Fischler and Bolles, Communications of the ACM, 1981), with few below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RINGS = (2.5, 4.0, 6.0, 9.0, 13.0, 19.0, 27.0)
"""Metres from the sensor: the borders of the cells."""
_SECTORS = 24
_FEWEST_POINTS, _FEWEST_CELLS = 4, 12
_TRIALS = 96
_STEEPEST = 0.36
"""Rise per metre (20 degrees) of a plane that may be the ground."""
_NEAR, _BELOW = 0.15, 0.3
"""Metres from the plane: what lies on it, and what lies clearly below."""


@dataclass(frozen=True)
class Ground:
    """A plane below the sensor.

    height: metres of the sensor above it. ahead, left: degrees by which it rises ahead of the sensor, and to its left.
    support: share of the cells around the sensor whose lowest returns lie on it. around: share of the turn in which
        there are any: how it slopes across a narrow view is not known well.
    """

    height: float
    ahead: float
    left: float
    support: float
    around: float

    @property
    def tilt(self) -> float:
        """Degrees between the plane and the sensor's own x and y axes."""
        return float(np.degrees(np.arctan(np.hypot(np.tan(np.radians(self.ahead)), np.tan(np.radians(self.left))))))


def find_ground(xyz: NDArray[np.floating]) -> Ground | None:
    """The ground plane of returns (N, 3) in metres; None where there is none that is clear."""
    cells = _lowest(xyz[:, :3].astype(np.float64))
    if len(cells) < _FEWEST_CELLS:
        return None
    planes = _planes(cells)
    if not len(planes):
        return None
    off = cells[:, 2] - (planes[:, :1] * cells[:, 0] + planes[:, 1:2] * cells[:, 1] + planes[:, 2:])
    score = (np.abs(off) < _NEAR).sum(axis=1) - 2 * (off < -_BELOW).sum(axis=1)
    best = int(np.argmax(score))
    plane = planes[best]
    for _ in range(3):
        near = np.abs(cells[:, 2] - (plane[0] * cells[:, 0] + plane[1] * cells[:, 1] + plane[2])) < 1.3 * _NEAR
        if near.sum() < 6:
            return None
        plane = _fit(cells[near])
    off = cells[:, 2] - (plane[0] * cells[:, 0] + plane[1] * cells[:, 1] + plane[2])
    if (off < -_BELOW).mean() > 0.25:
        return None
    ahead, left = np.degrees(np.arctan(plane[:2]))
    height = -plane[2] / np.sqrt(1 + plane[0] ** 2 + plane[1] ** 2)
    near = np.abs(off) < 1.3 * _NEAR
    around = len(np.unique(_sector(cells[near]))) / _SECTORS
    return Ground(float(height), float(ahead), float(left), float(near.mean()), around)


def _lowest(xyz: Floats) -> Floats:
    """The low returns of each cell: the lowest but a twentieth, which mirrors and noise may put below the ground."""
    x, y, z = xyz.T
    ring = np.searchsorted(_RINGS, np.hypot(x, y)) - 1
    cell = np.where((ring >= 0) & (ring < len(_RINGS) - 1), ring * _SECTORS + _sector(xyz), -1)
    order = np.lexsort((z, cell))
    _, first, count = np.unique(cell[order], return_index=True, return_counts=True)
    full = (count >= _FEWEST_POINTS) & (cell[order][first] >= 0)
    low = first[full] + np.minimum(np.maximum(count[full] // 20, 1), count[full] - 1)
    return np.asarray(xyz[order[low]])


def _sector(xyz: Floats) -> NDArray[np.int64]:
    turn = np.arctan2(xyz[:, 1], xyz[:, 0]) / (2 * np.pi) + 0.5
    return np.asarray((turn * _SECTORS).astype(np.int64) % _SECTORS)


def _planes(cells: Floats) -> Floats:
    """Planes z = a x + b y + c through three cells each: (T, 3) a, b, c; the steep ones left out."""
    chosen = np.random.default_rng(0).integers(len(cells), size=(_TRIALS, 3))
    p, q, r = (cells[chosen[:, k]] for k in range(3))
    u, v = q - p, r - p
    normal = np.stack(
        [
            u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1],
            u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2],
            u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0],
        ],
        axis=1,
    )
    level = np.hypot(normal[:, 0], normal[:, 1]) < _STEEPEST * np.abs(normal[:, 2])
    normal, p = normal[level], p[level]
    a, b = -normal[:, 0] / normal[:, 2], -normal[:, 1] / normal[:, 2]
    return np.stack([a, b, p[:, 2] - a * p[:, 0] - b * p[:, 1]], axis=1)


def _fit(cells: Floats) -> Floats:
    """The plane of least squares through cells, by its normal equations: three numbers need no BLAS."""
    middle = cells.sum(axis=0) / len(cells)
    x, y, z = (cells - middle).T
    xx, xy, yy, xz, yz = (x * x).sum(), (x * y).sum(), (y * y).sum(), (x * z).sum(), (y * z).sum()
    determinant = xx * yy - xy * xy
    if determinant <= 1e-9 * xx * yy:
        return np.array([0.0, 0.0, middle[2]])
    a, b = (xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant
    return np.array([a, b, middle[2] - a * middle[0] - b * middle[1]])
