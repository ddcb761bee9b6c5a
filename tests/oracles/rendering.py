"""Slow twins of the kernels that draw."""

from __future__ import annotations

import numpy as np


def splat(points, colours, radii, rotation, eye, focal, limits, colour, nearness):
    """Every disc over every pixel."""
    height, width = nearness.shape
    near, least, most = limits
    rows, columns = np.mgrid[:height, :width] + 0.5
    for point, paint, metres in zip(points.astype(np.float64), colours, radii, strict=True):
        right, down, depth = rotation.astype(np.float64) @ (point[:3] - eye)
        if not depth > near:
            continue
        u, v = width / 2 + focal * right / depth, height / 2 + focal * down / depth
        radius = np.clip(metres * focal / depth, least, most)
        won = (np.hypot(columns - u, rows - v) <= radius) & (1 / depth > nearness)
        nearness[won], colour[won] = 1 / depth, paint


def darken_edges(nearness, reach, strength, colour):
    """Whole pictures, moved by one neighbour after the other."""
    padded = np.pad(nearness.astype(np.float64), reach)
    height, width = nearness.shape
    behind = np.zeros(nearness.shape)
    drawn = nearness > 0
    for down in (0, reach, 2 * reach):
        for right in (0, reach, 2 * reach):
            neighbour = padded[down : down + height, right : right + width]
            behind[drawn] += np.clip(neighbour[drawn] / nearness[drawn] - 1, 0, 1)
    colour[drawn] = (colour[drawn] * np.exp(-strength * behind[drawn])[:, None]).astype(np.uint8)


def shrink(colour, out):
    """Means, rounded half up."""
    height, width, _ = out.shape
    side = len(colour) // height
    out[:] = np.floor(colour.reshape(height, side, width, side, 3).mean(axis=(1, 3)) + 0.5)


def pixels_of_line(start, end, rotation, eye, focal, near, size, samples=20_000):
    """The set of pixels (row, column) under points that lie close together on a line, with their nearness."""
    width, height = size
    t = np.linspace(0, 1, samples)[:, None]
    points = (np.asarray(start) * (1 - t) + np.asarray(end) * t - eye) @ np.asarray(rotation, np.float64).T
    points = points[points[:, 2] > near]
    columns = np.floor(width / 2 + focal * points[:, 0] / points[:, 2]).astype(int)
    rows = np.floor(height / 2 + focal * points[:, 1] / points[:, 2]).astype(int)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    return set(zip(rows[inside].tolist(), columns[inside].tolist(), strict=True))
