"""Features of groups of pixels, for the object classifier.

None of them depends on the direction in which a group lies, nor on which way it faces.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND, OBJECTS
from projection import RangeImage, Sensor
from squeezeseg.objects.workspace import ObjectsWorkspace

_SHAPE = (
    "length",  # metres along the group's longer axis, seen from above
    "width",
    "height",
    "bottom above ground",
    "top above ground",
    "log pixels",
    "log distance",
    "fill",  # pixels there are, of those that its area would take at this distance: log
    "structure",  # length of the whole that a group was cut out of, as far as 10 m
    "intensity",
    "dark share",
    "bright share",
    "uprightness",  # height by length
    "shininess",  # deviation of the intensity
)
DARK, BRIGHT = 0.01, 0.7
_FIRST = BACKGROUND + 1  # class of an object
FAR = 10.0
"""Metres beyond which all large structures are alike."""


def names(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The features by name, in the order of `describe`'s columns."""
    objects = classes[OBJECTS]
    shares = tuple(f"{what} {name}" for what in ("mean", "upper", "lower", "highest", "likeliest") for name in objects)
    return (*_SHAPE, *shares)


def describe(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    level: NDArray[np.float32],
    groups: NDArray[np.int32],
    structure: NDArray[np.float32],
    workspace: ObjectsWorkspace | None = None,
) -> NDArray[np.float32]:
    """The features of G groups.

    Args:
        image: a scan's.
        probabilities: (C, H, W) float32, the network's.
        level: (H, W) float32, z of the ground below each pixel.
        groups: (H, W) int32, 1 to G, 0 for none.
        structure: (G,) float32, metres, of the structure that each group was cut out of.
        workspace: to work in. Default: a new one.

    Returns:
        (G, F) float32, whose columns `names` tells.
    """
    classes = len(probabilities)
    out = np.empty((len(structure), len(_SHAPE) + 5 * (classes - 1)), np.float32)
    sensor = image.sensor
    members = np.empty(groups.size, np.int32) if workspace is None else workspace.members
    measure(image.channels, probabilities, level, groups, structure, pixel_solid_angle(sensor), members, out)
    return out


def pixel_solid_angle(sensor: Sensor) -> float:
    """The solid angle of a pixel in square radians: times its range squared, the square metres that it covers."""
    span = np.deg2rad(sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    rise = np.deg2rad(sensor.elevations[0] - sensor.elevations[-1]) / max(sensor.beams - 1, 1)
    return float(span * max(rise, 1e-3))


@njit(cache=True, nogil=True)
def measure(
    channels: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    level: NDArray[np.float32],
    groups: NDArray[np.int32],
    structure: NDArray[np.float32],
    solid_angle: float,
    members: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Fill `out`. solid_angle: of a pixel, in square radians. members: (H W,), room for the pixels of the groups."""
    count, objects = len(structure), probabilities.shape[0] - 1
    flat, chances = channels.reshape(5, -1), probabilities.reshape(objects + 1, -1)
    of_pixel, flat_level = groups.reshape(-1), level.reshape(-1)
    shape = out.shape[1] - 5 * objects
    pixels = np.zeros(count)
    sums = np.zeros((count, 10))  # x, y, xx, xy, yy, range, intensity, its square, dark, bright
    floor = np.zeros(count)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    shares = np.zeros((count, 5, objects))
    size = 0
    for i in range(of_pixel.size):
        members[size] = i
        size += of_pixel[i] > 0
    for i in members[:size]:
        g = of_pixel[i] - 1
        x, y, z = np.float64(flat[0, i]), np.float64(flat[1, i]), np.float64(flat[2, i])
        intensity = np.float64(flat[3, i])
        total = sums[g]
        pixels[g] += 1
        total[0] += x
        total[1] += y
        total[2] += x * x
        total[3] += x * y
        total[4] += y * y
        total[5] += flat[4, i]
        total[6] += intensity
        total[7] += intensity * intensity
        total[8] += intensity <= DARK
        total[9] += intensity >= BRIGHT
        floor[g] += flat_level[i]
        low[g], high[g] = min(low[g], z), max(high[g], z)
        likeliest, best = -1, chances[BACKGROUND, i]
        for k in range(objects):
            p = chances[k + _FIRST, i]
            shares[g, 0, k] += p
            shares[g, 3, k] = max(shares[g, 3, k], p)
            if p > best:
                likeliest, best = k, p
        if likeliest >= 0:
            shares[g, 4, likeliest] += 1
    cos, sin = np.ones(count), np.zeros(count)
    for g in range(count):
        mean_x, mean_y = sums[g, 0] / pixels[g], sums[g, 1] / pixels[g]
        xx = sums[g, 2] / pixels[g] - mean_x * mean_x
        xy = sums[g, 3] / pixels[g] - mean_x * mean_y
        yy = sums[g, 4] / pixels[g] - mean_y * mean_y
        angle = 0.5 * np.arctan2(2 * xy, xx - yy)
        cos[g], sin[g] = np.cos(angle), np.sin(angle)
    near, far = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    upper = np.zeros(count)
    for i in members[:size]:
        g = of_pixel[i] - 1
        x, y = np.float64(flat[0, i]), np.float64(flat[1, i])
        u, v = x * cos[g] + y * sin[g], y * cos[g] - x * sin[g]
        near[g, 0], far[g, 0] = min(near[g, 0], u), max(far[g, 0], u)
        near[g, 1], far[g, 1] = min(near[g, 1], v), max(far[g, 1], v)
        half = 1 if flat[2, i] > 0.5 * (low[g] + high[g]) else 2
        upper[g] += half == 1
        for k in range(objects):
            shares[g, half, k] += chances[k + _FIRST, i]
    for g in range(count):
        n = pixels[g]
        ground, distance, tall = floor[g] / n, sums[g, 5] / n, high[g] - low[g]
        long, wide = far[g, 0] - near[g, 0], far[g, 1] - near[g, 1]
        intensity = sums[g, 6] / n
        deviation = np.sqrt(max(sums[g, 7] / n - intensity * intensity, 0.0))
        side = distance * np.sqrt(solid_angle)
        # Seen from the side at best: what its outline would take of the image.
        outline = (np.sqrt(long * long + wide * wide) + side) * (tall + side) / (side * side)
        out[g, 0], out[g, 1], out[g, 2] = long, wide, tall
        out[g, 3], out[g, 4] = low[g] - ground, high[g] - ground
        out[g, 5], out[g, 6], out[g, 7] = np.log(n), np.log(distance), np.log(n / outline)
        out[g, 8] = min(structure[g], FAR)
        out[g, 9], out[g, 10], out[g, 11] = intensity, sums[g, 8] / n, sums[g, 9] / n
        out[g, 12], out[g, 13] = tall / (long + 0.3), deviation
        weights = (n, max(upper[g], 1.0), max(n - upper[g], 1.0), 1.0, n)
        for row in range(5):
            for k in range(objects):
                out[g, shape + row * objects + k] = shares[g, row, k] / weights[row]
