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


@njit(cache=True, nogil=True)
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
    flat_x, flat_y, flat_z, intensity, away, flat_level = flat[0], flat[1], flat[2], flat[3], flat[4], level.reshape(-1)
    shape = out.shape[1] - 5 * objects
    pixels = np.zeros(count)
    sums = np.zeros((count, 11))  # x, y, xx, xy, yy, range, intensity, its square, dark, bright, ground
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    shares = np.zeros((count, 5, objects))
    for run in range(len(starts)):
        a, b, g = starts[run], stops[run], groups[run] - 1
        pixels[g] += b - a
        lowest, highest = _sum(
            flat_x[a:b], flat_y[a:b], flat_z[a:b], intensity[a:b], away[a:b], flat_level[a:b], sums[g]
        )
        low[g], high[g] = min(low[g], lowest), max(high[g], highest)
        for i in range(a, b):
            best, likeliest = chances[BACKGROUND, i], -1
            if best >= 0.5:  # as likely as all others together
                continue
            for k in range(objects):
                if chances[k + _FIRST, i] > best:
                    best, likeliest = chances[k + _FIRST, i], k
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
    for run in range(len(starts)):
        a, b, g = starts[run], stops[run], groups[run] - 1
        along, across = cos[g], sin[g]
        near_u, far_u, near_v, far_v = near[g, 0], far[g, 0], near[g, 1], far[g, 1]
        for i in range(a, b):
            u, v = flat_x[i] * along + flat_y[i] * across, flat_y[i] * along - flat_x[i] * across
            near_u, far_u, near_v, far_v = min(near_u, u), max(far_u, u), min(near_v, v), max(far_v, v)
        near[g, 0], far[g, 0], near[g, 1], far[g, 1] = near_u, far_u, near_v, far_v
        half, z = 0.5 * (low[g] + high[g]), flat_z[a:b]
        upper[g] += _count_above(z, half)
        for k in range(objects):
            whole, above, most = _share(chances[k + _FIRST, a:b], z, half)
            shares[g, 0, k] += whole
            shares[g, 1, k] += above
            shares[g, 2, k] += whole - above
            shares[g, 3, k] = max(shares[g, 3, k], most)
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
        weights = (n, max(upper[g], 1.0), max(n - upper[g], 1.0), 1.0, n)
        for row in range(5):
            for k in range(objects):
                out[g, shape + row * objects + k] = shares[g, row, k] / weights[row]


# Sums over a run. In float64 their order is lost in the rounding to float32, so they may become vector code.
_SUMS = {"reassoc", "contract", "nsz", "nnan"}


@njit(cache=True, nogil=True, fastmath=_SUMS)
def _sum(x, y, z, intensity, away, level, sums):  # type: ignore[no-untyped-def]
    sx = sy = sxx = sxy = syy = distance = total = square = dark = bright = ground = 0.0
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for c in range(x.size):
        u, v, strength = np.float64(x[c]), np.float64(y[c]), np.float64(intensity[c])
        sx, sy = sx + u, sy + v
        sxx, sxy, syy = sxx + u * u, sxy + u * v, syy + v * v
        distance += away[c]
        total, square = total + strength, square + strength * strength
        dark += intensity[c] <= DARK
        bright += intensity[c] >= BRIGHT
        ground += level[c]
        low, high = min(low, z[c]), max(high, z[c])
    sums[0] += sx
    sums[1] += sy
    sums[2] += sxx
    sums[3] += sxy
    sums[4] += syy
    sums[5] += distance
    sums[6] += total
    sums[7] += square
    sums[8] += dark
    sums[9] += bright
    sums[10] += ground
    return low, high


@njit(cache=True, nogil=True, fastmath=_SUMS)
def _count_above(z, half):  # type: ignore[no-untyped-def]
    count = 0
    for c in range(z.size):
        count += z[c] > half
    return count


@njit(cache=True, nogil=True, fastmath=_SUMS)
def _share(chances, z, half):  # type: ignore[no-untyped-def]
    """The sum of a run's probabilities, of those above `half`, and the highest."""
    whole, above, most = 0.0, 0.0, np.float32(0)
    for c in range(chances.size):
        whole += chances[c]
        above += chances[c] if z[c] > half else 0.0
        most = max(most, chances[c])
    return whole, above, most
