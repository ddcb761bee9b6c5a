"""A walled yard, as a spinning LiDAR would see it: scans whose height, columns and axes are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from projection import PRESETS, Sensor

HDL64 = PRESETS["hdl64"]


def yard(
    sensor: Sensor = HDL64,
    *,
    columns: int = 2000,
    height: float = 1.73,
    slope: tuple[float, float] = (0.0, 0.0),
    wall: float = 3.0,
) -> NDArray[np.float32]:
    """(N, 4) float32, stored beam after beam from azimuth 0: level ground, and a round wall 25 m away.

    height: of the sensor above the ground. slope: degrees by which it is turned nose up, and to its right. wall: its
        height above the ground.
    """
    elevation, azimuth = np.meshgrid(
        np.radians(sensor.elevations), (np.arange(columns) + 0.5) * 2 * np.pi / columns, indexing="ij"
    )
    ray = np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], axis=-1
    ).reshape(-1, 3)
    world = ray @ turning(*slope).T
    with np.errstate(divide="ignore"):
        away = np.minimum(
            np.where(world[:, 2] < 0, height / -world[:, 2], np.inf), 25 / np.hypot(world[:, 0], world[:, 1])
        )
    seen = world[:, 2] * away + height < wall
    bright = np.random.default_rng(0).gamma(3, 0.1, len(ray)).clip(0, 0.99)
    return np.column_stack([ray * away[:, None], bright])[seen].astype(np.float32)


def turning(up: float, right: float) -> NDArray[np.float64]:
    """(3, 3): the sensor's axes to level ones, for one that is turned nose up and to its right, in degrees."""
    a, b = np.radians(up), np.radians(right)
    pitch = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    roll = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(pitch @ roll)
