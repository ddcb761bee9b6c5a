"""The mount of a sensor: its height above the ground and how it is tilted, by the ground that its scans show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.plausibility.ground import Ground, find_ground

Floats = NDArray[np.float64]

FIRM = 0.45
"""Share of the cells around the sensor that must lie on a plane for it to be the ground."""
_NEAREST, _REACHES = 2.5, (8.0, 14.0, 27.0)
"""Metres from the sensor between which the plane is fitted anew to all of its points: the nearest that hold enough, for
what is further may be a pavement."""
_NEAR = (0.1, 0.05, 0.03)
"""Metres from the plane within which points count, round by round."""
_NARROW = 0.5
"""Of the turn, where there is any ground."""
_FEWEST = 200
_PATCH = 2.0
"""Metres."""


@dataclass(frozen=True)
class Mount:
    """How a sensor is mounted.

    height: metres above the ground. pitch, roll: degrees; the nose down and the left side up are positive.
    spread: metres by which half of the scans' heights lie apart. scans: that showed the ground.
    """

    height: float
    pitch: float
    roll: float
    spread: float
    scans: int

    def above(self, xyz: Floats) -> Floats:
        """(N,): metres by which points (N, 3) lie above the ground."""
        rise = np.tan(np.radians(self.pitch)) * xyz[:, 0] - np.tan(np.radians(self.roll)) * xyz[:, 1]
        return np.asarray(xyz[:, 2] - rise + self.height)


def estimate_mount(scans: Iterable[Floats]) -> Mount | None:
    """The mount by scans' returns (N, 3); None where none shows a clear ground.

    Roads rise, fall and are cambered: the middle of many scans says more than one.
    """
    return middle_mount([ground for xyz in scans if (ground := fitted_ground(xyz)) is not None])


def middle_mount(grounds: Sequence[Ground]) -> Mount | None:
    """The mount by the ground of each scan."""
    if not grounds:
        return None
    heights = np.asarray([ground.height for ground in grounds])
    # Where the ground rises ahead, the nose points down.
    pitch, roll = (float(np.median([getattr(ground, side) for ground in grounds])) for side in ("ahead", "left"))
    low, high = np.quantile(heights, (0.25, 0.75))
    return Mount(float(np.median(heights)), pitch, -roll, float(high - low), len(grounds))


def fitted_ground(xyz: Floats) -> Ground | None:
    """The ground plane through all returns that lie on it, not only the lowest; None where it isn't clear."""
    ground = find_ground(xyz)
    if ground is None or ground.support < FIRM:
        return None
    away = np.hypot(xyz[:, 0], xyz[:, 1])
    # In a narrow view, what is near says little of the slope.
    for reach in _REACHES if ground.around > _NARROW else _REACHES[1:]:
        better = _refined(ground, xyz[(away > _NEAREST) & (away < reach)])
        if better is not None:
            return better
    return ground


def _refined(ground: Ground, around: Floats) -> Ground | None:
    """The plane through returns (N, 3) around the sensor that starts from `ground`; None where they are too few."""
    a, b = np.tan(np.radians((ground.ahead, ground.left)))
    c = -ground.height * np.sqrt(1 + a * a + b * b)
    for near in _NEAR:
        chosen = around[np.abs(around[:, 2] - (a * around[:, 0] + b * around[:, 1] + c)) < near]
        if len(chosen) < _FEWEST:
            return None
        a, b, c = _plane(chosen)
    height = -c / np.sqrt(1 + a * a + b * b)
    if abs(height - ground.height) > 2 * _NEAR[0]:
        return None
    ahead, left = np.degrees(np.arctan((a, b)))
    return Ground(float(height), float(ahead), float(left), ground.support, ground.around)


def _plane(points: Floats) -> tuple[float, float, float]:
    """z = a x + b y + c of least squares, where each patch of ground counts the same, however many its returns."""
    patch = np.floor(points[:, :2] / _PATCH).astype(np.int64)
    _, which, count = np.unique(patch[:, 0] * 1000 + patch[:, 1], return_inverse=True, return_counts=True)
    weight = 1 / count[which]
    total = weight.sum()
    middle = (weight[:, None] * points).sum(axis=0) / total
    x, y, z = (points - middle).T
    xx, xy, yy = (weight * x * x).sum(), (weight * x * y).sum(), (weight * y * y).sum()
    xz, yz = (weight * x * z).sum(), (weight * y * z).sum()
    determinant = xx * yy - xy * xy
    if determinant <= 1e-9 * xx * yy:
        return 0.0, 0.0, float(middle[2])
    a, b = (xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant
    return float(a), float(b), float(middle[2] - a * middle[0] - b * middle[1])
