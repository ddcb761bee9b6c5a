"""Scenery: lines around the points, which are rings of equal range, the recording car and boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box

RINGS = (10, 20, 30, 40, 50, 60, 70, 80)
"""Metres."""

_SIDES = 120
# Corners as `corners` has them: the bottom's four, the top's four.
_EDGES = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)])
_FRONT = np.array([(0, 5), (1, 4)])  # a cross on the face that is ahead


def rings(ground: float) -> NDArray[np.float32]:
    """(M, 6): circles of `RINGS` and a cross of the axes at the height `ground` in metres."""
    angle = np.linspace(0, 2 * np.pi, _SIDES + 1)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    parts = [_path(np.column_stack([radius * circle, np.full(len(circle), ground)])) for radius in RINGS]
    far = RINGS[-1]
    axes = np.array([(-far, 0, ground, far, 0, ground), (0, -far, ground, 0, far, ground)])
    return np.concatenate([*parts, axes]).astype(np.float32)


def ring_labels(ground: float) -> tuple[list[str], NDArray[np.float64]]:
    """Words at the rings, and their places (len(RINGS), 3) on the axis ahead."""
    places = np.array([(radius, 0.0, ground) for radius in RINGS])
    return [f"{radius} m" for radius in RINGS], places


def corners(box: Box) -> NDArray[np.float64]:
    """(8, 3): the bottom's front left, front right, back right, back left; the same of the top."""
    length, width, height = box.size
    ahead = np.array([1, 1, -1, -1]) * length / 2
    left = np.array([1, -1, -1, 1]) * width / 2
    cos, sin = np.cos(box.yaw), np.sin(box.yaw)
    bottom = np.stack([ahead * cos - left * sin, ahead * sin + left * cos, np.zeros(4)], axis=1) + box.bottom
    return np.concatenate([bottom, bottom + np.array([0, 0, height])])


def wireframe(boxes: Sequence[Box], *, headed: bool = True) -> NDArray[np.float32]:
    """(M, 6): the boxes' edges, with a cross on the front of each if `headed`; the same number for every box."""
    edges = np.concatenate([_EDGES, _FRONT]) if headed else _EDGES
    lines = [corners(box)[edges].reshape(-1, 6) for box in boxes]
    return np.concatenate([*lines, np.empty((0, 6))]).astype(np.float32)


def _path(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """points (K, 3) -> (K - 1, 6): from each to the next."""
    return np.concatenate([points[:-1], points[1:]], axis=1)
