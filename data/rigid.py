"""Rigid motions as (4, 4) matrices: p' = motion[:3, :3] @ p + motion[:3, 3]."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box

Motion = NDArray[np.float64]


def rigid(quaternion: Sequence[float], translation: Sequence[float]) -> Motion:
    """The motion of a quaternion (w, x, y, z), of any length but 0, and a translation (x, y, z).

    Raises:
        ValueError: they are not four and three finite numbers, or the quaternion is 0.
    """
    q, place = np.asarray(quaternion, np.float64), np.asarray(translation, np.float64)
    if q.shape != (4,) or place.shape != (3,) or not np.isfinite(q).all() or not np.isfinite(place).all():
        raise ValueError("a pose needs a quaternion w x y z and a translation x y z")
    if not 1e-6 < (norm := float(np.linalg.norm(q))) < 1e6:
        raise ValueError(f"a quaternion of length {norm:g} is no rotation")
    w, x, y, z = q / norm
    motion = np.eye(4)
    motion[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    motion[:3, 3] = place
    return motion


def inverse(motion: Motion) -> Motion:
    """The motion back."""
    back = np.eye(4)
    back[:3, :3] = motion[:3, :3].T
    back[:3, 3] = -motion[:3, :3].T @ motion[:3, 3]
    return back


def move(motion: Motion, xyz: NDArray[np.floating]) -> NDArray[np.float64]:
    """Points (N, 3) moved."""
    return np.asarray(xyz, np.float64) @ motion[:3, :3].T + motion[:3, 3]


def upright_box(motion: Motion, kind: str, size: Sequence[float], track: int = -1) -> Box:
    """The box whose own frame (x ahead, z up) `motion` takes to the sensor's, its lean left out.

    size: length, width, height.

    Raises:
        InputError: a size is negative or no number.
    """
    x, y, z = (float(value) for value in motion[:3, 3])
    length, width, height = (float(value) for value in size)
    yaw = float(np.arctan2(motion[1, 0], motion[0, 0]))
    return Box(kind, (x, y, z), (length, width, height), yaw, track)
