"""Sensors of few beams and any width, and range images of random returns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helpers.scans import SMALL
from projection import RangeImage, Sensor

WIDTHS = (2048, 1800, 510, 17 * 4, 513, 8)
HEIGHT = 2


def sensor_of(width: int, *, front: bool = False, height: float = 1.73) -> Sensor:
    """A sensor of two beams and so many columns, that looks ahead or all around."""
    sensor = replace(SMALL, elevations=(1.0, -1.0), columns=width, height=height)
    return replace(sensor, azimuth_left=45.0, azimuth_right=-45.0) if front else sensor


def image_of(channels: np.ndarray, sensor: Sensor) -> RangeImage:
    """Channels (5, 2, W) as a range image, of no points."""
    mask = channels[4] != 0
    return RangeImage(sensor, channels, mask, mask.astype(np.int32) - 1, np.empty(0, np.int32), np.empty(0, np.float32))


def turn(width: int, height: int = HEIGHT, seed: int = 0) -> np.ndarray:
    """Channels (5, H, W) of random returns."""
    return np.random.default_rng(seed).normal(size=(5, height, width)).astype(np.float32)


def with_holes(width: int, seed: int = 0) -> np.ndarray:
    """Channels (5, 2, W) of random returns, and some empty pixels."""
    channels = turn(width, seed=seed)
    channels[4] = abs(channels[4])
    channels[:, np.random.default_rng(seed + 1).random(channels.shape[1:]) < 0.3] = 0
    return channels
