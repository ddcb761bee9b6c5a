"""Features of groups of pixels, for the object classifier.

None of them depends on the direction in which a group lies, nor on which way it faces.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND, OBJECTS
from projection import RangeImage, Sensor
from squeezeseg.objects.runs import Runs

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
    groups: Runs,
    structure: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The features of G groups.

    Args:
        image: a scan's.
        probabilities: (C, H, W) float32, the network's.
        level: (H, W) float32, z of the ground below each pixel.
        groups: of its pixels.
        structure: (G,) float32, metres, of the structure that each group was cut out of.

    Returns:
        (G, F) float32, whose columns `names` tells.
    """
    classes = len(probabilities)
    out = np.empty((groups.count, len(_SHAPE) + 5 * (classes - 1)), np.float32)
    measure(
        image.channels, probabilities, level, groups.starts, groups.stops, groups.groups, structure,
        pixel_solid_angle(image.sensor), out,
    )  # fmt: skip
    return out


def pixel_solid_angle(sensor: Sensor) -> float:
    """The solid angle of a pixel in square radians: times its range squared, the square metres that it covers."""
    span = np.deg2rad(sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    rise = np.deg2rad(sensor.elevations[0] - sensor.elevations[-1]) / max(sensor.beams - 1, 1)
    return float(span * max(rise, 1e-3))


# No channel of a range image is ever NaN.
@njit(cache=True, nogil=True, fastmath={"contract", "nnan", "nsz"})
def measure(
    channels: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    level: NDArray[np.float32],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    groups: NDArray[np.int32],
    structure: NDArray[np.float32],
    solid_angle: float,
    out: NDArray[np.float32],
) -> None:
    """Fill `out`. solid_angle: of a pixel, in square radians. starts, stops, groups: of runs."""
    count, objects = len(structure), probabilities.shape[0] - 1
    flat, chances = channels.reshape(5, -1), probabilities.reshape(objects + 1, -1)
    flat_x, flat_y, flat_z, flat_intensity, flat_range = flat[0], flat[1], flat[2], flat[3], flat[4]
    flat_level, shape = level.reshape(-1), out.shape[1] - 5 * objects
    pixels = np.zeros(count)
    sums = np.zeros((count, 11))  # x, y, xx, xy, yy, range, intensity, its square, dark, bright, ground
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    shares = np.zeros((count, 5, objects))
    of_run = np.zeros((len(starts), objects))  # sums of the probabilities
    run_low, run_high = np.empty(len(starts), np.float32), np.empty(len(starts), np.float32)
    for run in range(len(starts)):
        g, lowest, highest, here = groups[run] - 1, np.float32(np.inf), np.float32(-np.inf), of_run[run]
        sx = sy = sxx = sxy = syy = distance = strength = square = dark = bright = ground = 0.0
        for i in range(starts[run], stops[run]):
            x, y, z, intensity = np.float64(flat_x[i]), np.float64(flat_y[i]), flat_z[i], np.float64(flat_intensity[i])
            sx, sy = sx + x, sy + y
            sxx, sxy, syy = sxx + x * x, sxy + x * y, syy + y * y
            distance, ground = distance + flat_range[i], ground + flat_level[i]
            strength, square = strength + intensity, square + intensity * intensity
            dark, bright = dark + (intensity <= DARK), bright + (intensity >= BRIGHT)
            lowest, highest = min(lowest, z), max(highest, z)
            likeliest, best = -1, chances[BACKGROUND, i]
            for k in range(objects):
                p = chances[k + _FIRST, i]
                here[k] += p
                shares[g, 3, k] = max(shares[g, 3, k], p)
                if p > best:
                    likeliest, best = k, p
            if likeliest >= 0:
                shares[g, 4, likeliest] += 1
        pixels[g] += stops[run] - starts[run]
        run_low[run], run_high[run] = lowest, highest
        low[g], high[g] = min(low[g], lowest), max(high[g], highest)
        for k in range(objects):
            shares[g, 0, k] += here[k]
        total = sums[g]
        total[0] += sx
        total[1] += sy
        total[2] += sxx
        total[3] += sxy
        total[4] += syy
        total[5] += distance
        total[6] += strength
        total[7] += square
        total[8] += dark
        total[9] += bright
        total[10] += ground
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
    for run in range(len(starts)):
        g = groups[run] - 1
        along, across, half = cos[g], sin[g], 0.5 * (low[g] + high[g])
        near_u = near_v = np.inf
        far_u = far_v = -np.inf
        for i in range(starts[run], stops[run]):
            u, v = flat_x[i] * along + flat_y[i] * across, flat_y[i] * along - flat_x[i] * across
            near_u, far_u, near_v, far_v = min(near_u, u), max(far_u, u), min(near_v, v), max(far_v, v)
        near[g, 0], far[g, 0] = min(near[g, 0], near_u), max(far[g, 0], far_u)
        near[g, 1], far[g, 1] = min(near[g, 1], near_v), max(far[g, 1], far_v)
        if run_low[run] > half:  # all of it
            upper[g] += stops[run] - starts[run]
            for k in range(objects):
                shares[g, 1, k] += of_run[run, k]
        elif run_high[run] > half:
            for i in range(starts[run], stops[run]):
                if flat_z[i] > half:
                    upper[g] += 1
                    for k in range(objects):
                        shares[g, 1, k] += chances[k + _FIRST, i]
    for g in range(count):
        n = pixels[g]
        ground, distance, tall = sums[g, 10] / n, sums[g, 5] / n, high[g] - low[g]
        long, wide = far[g, 0] - near[g, 0], far[g, 1] - near[g, 1]
        intensity_mean = sums[g, 6] / n
        deviation = np.sqrt(max(sums[g, 7] / n - intensity_mean * intensity_mean, 0.0))
        side = distance * np.sqrt(solid_angle)
        # Seen from the side at best: what its outline would take of the image.
        outline = (np.sqrt(long * long + wide * wide) + side) * (tall + side) / (side * side)
        out[g, 0], out[g, 1], out[g, 2] = long, wide, tall
        out[g, 3], out[g, 4] = low[g] - ground, high[g] - ground
        out[g, 5], out[g, 6], out[g, 7] = np.log(n), np.log(distance), np.log(n / outline)
        out[g, 8] = min(structure[g], FAR)
        out[g, 9], out[g, 10], out[g, 11] = intensity_mean, sums[g, 8] / n, sums[g, 9] / n
        out[g, 12], out[g, 13] = tall / (long + 0.3), deviation
        for k in range(objects):
            shares[g, 2, k] = shares[g, 0, k] - shares[g, 1, k]
        weights = (n, max(upper[g], 1.0), max(n - upper[g], 1.0), 1.0, n)
        for row in range(5):
            for k in range(objects):
                out[g, shape + row * objects + k] = shares[g, row, k] / weights[row]
