"""Scans whose beams are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from projection import Sensor

SMALL = Sensor("small", tuple(float(e) for e in np.linspace(4.0, -24.0, 8)), columns=32, cut=0.0)
SMALL_FRONT = replace(SMALL, columns=16, azimuth_left=45.0, azimuth_right=-45.0)


def polar(distance, azimuth, elevation, intensity=0.5):
    """Points (N, 4) float32 from metres and degrees."""
    distance, azimuth, elevation, intensity = np.broadcast_arrays(distance, azimuth, elevation, intensity)
    azimuth, elevation = np.deg2rad(azimuth), np.deg2rad(elevation)
    ground = distance * np.cos(elevation)
    points = [ground * np.cos(azimuth), ground * np.sin(azimuth), distance * np.sin(elevation), intensity]
    return np.stack(points, axis=-1).astype(np.float32).reshape(-1, 4)


def turned(points, degrees):
    """The scan turned about z."""
    out = points.copy()
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    out[:, 0] = cos * points[:, 0] - sin * points[:, 1]
    out[:, 1] = sin * points[:, 0] + cos * points[:, 1]
    return out


def full_scan(sensor, cut=0.0, step=0.5, seed=0):
    """A scan stored beam after beam: points, beams and the azimuths (from the cut) that they began with."""
    rng = np.random.default_rng(seed)
    around = np.arange(0.1, 360.0, step)
    azimuth = np.tile(around, sensor.beams) + rng.uniform(-0.02, 0.02, sensor.beams * len(around))
    beams = np.repeat(np.arange(sensor.beams), len(around))
    elevation = np.asarray(sensor.elevations)[beams] + rng.uniform(-0.03, 0.03, len(beams))
    distance = rng.uniform(5.0, 40.0, len(beams))
    return polar(distance, azimuth + cut, elevation), beams.astype(np.uint8), azimuth
