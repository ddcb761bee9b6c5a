"""Kernels that draw into a picture's buffers: colour (H, W, 3) uint8, and nearness (H, W) float32.

Nearness is 1 / depth in metres, 0 where nothing was drawn: in perspective it is linear across the picture.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Colour = NDArray[np.uint8]
Floats = NDArray[np.float32]


@njit(cache=True, nogil=True)
def splat(
    points: Floats,
    colours: Colour,
    radii: Floats,
    rotation: Floats,
    eye: Floats,
    focal: float,
    limits: tuple[float, float, float],
    colour: Colour,
    nearness: Floats,
) -> None:
    """Draw points as discs that face the eye; the nearest wins a pixel.

    points: (N, 3 or more), metres. colours: (N, 3). radii: (N,) in metres. rotation: (3, 3), right, down and forward.
    focal: in pixels. limits: depth in metres from which on points are seen, least and greatest radius in pixels.
    """
    height, width = nearness.shape
    near, least, most = limits
    for i in range(len(points)):
        x, y, z = points[i, 0] - eye[0], points[i, 1] - eye[1], points[i, 2] - eye[2]
        depth = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z
        if not depth > near:  # NaN as well
            continue
        u = width / 2 + focal * (rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z) / depth
        v = height / 2 + focal * (rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z) / depth
        radius = min(max(radii[i] * focal / depth, least), most)
        if not (-radius < u < width + radius and -radius < v < height + radius):
            continue
        nearer = 1 / depth
        for row in range(max(int(np.ceil(v - radius - 0.5)), 0), min(int(np.floor(v + radius - 0.5)) + 1, height)):
            # The disc's half width in this row, whose middle lies at row + 1/2.
            half = np.sqrt(max(radius * radius - (row + 0.5 - v) ** 2, 0.0))
            first, last = int(np.ceil(u - half - 0.5)), int(np.floor(u + half - 0.5))
            for column in range(max(first, 0), min(last + 1, width)):
                if nearer > nearness[row, column]:
                    nearness[row, column] = nearer
                    colour[row, column, 0] = colours[i, 0]
                    colour[row, column, 1] = colours[i, 1]
                    colour[row, column, 2] = colours[i, 2]


@njit(cache=True, nogil=True)
def darken_edges(nearness: Floats, reach: int, strength: float, colour: Colour) -> None:
    """Darken what lies behind its neighbours: eye-dome lighting, which lets depth be seen without lights.

    Boucheny, Visualisation scientifique de grands volumes de données, thèse, Grenoble 2009; the difference of the
    depths' logarithms is taken to its first order, and no more than 1 counts.

    reach: pixels to the eight neighbours that are looked at.
    """
    height, width = nearness.shape
    for row in range(height):
        for column in range(width):
            own = nearness[row, column]
            if own == 0:
                continue
            behind = 0.0
            for down in (-reach, 0, reach):
                for right in (-reach, 0, reach):
                    if 0 <= row + down < height and 0 <= column + right < width:
                        behind += min(max(nearness[row + down, column + right] / own - 1, 0.0), 1.0)
            if behind > 0:
                shade = np.exp(-strength * behind)
                for channel in range(3):
                    colour[row, column, channel] = int(colour[row, column, channel] * shade)


@njit(cache=True, nogil=True)
def draw_lines(
    segments: Floats,
    colours: Colour,
    rotation: Floats,
    eye: Floats,
    focal: float,
    near: float,
    style: tuple[int, float, float],
    nearness: Floats,
    colour: Colour,
) -> None:
    """Draw straight lines over what is there.

    segments: (M, 6), from x, y, z to x, y, z. colours: (M, 3).
    style: width in pixels, opacity where seen, opacity where points hide the line.
    """
    height, width = nearness.shape
    thick, seen, hidden = style
    start, end = np.empty(3, np.float64), np.empty(3, np.float64)
    for i in range(len(segments)):
        for axis in range(3):
            start[axis] = end[axis] = 0.0
            for k in range(3):
                start[axis] += rotation[axis, k] * (segments[i, k] - eye[k])
                end[axis] += rotation[axis, k] * (segments[i, 3 + k] - eye[k])
        if not (start[2] > near or end[2] > near):
            continue
        for point, other in ((start, end), (end, start)):
            if point[2] < near:
                share = (near - other[2]) / (point[2] - other[2])
                for axis in range(3):
                    point[axis] = other[axis] + share * (point[axis] - other[axis])
        u, v = width / 2 + focal * start[0] / start[2], height / 2 + focal * start[1] / start[2]
        to_right = width / 2 + focal * end[0] / end[2] - u
        down = height / 2 + focal * end[1] / end[2] - v
        steep = abs(down) > abs(to_right)
        # Liang and Barsky's: the part of the line that lies in the picture.
        first, last = 0.0, 1.0
        for change, low, high in ((to_right, -u, width - u), (down, -v, height - v)):
            if change != 0:
                one, two = low / change, high / change
                first, last = max(first, min(one, two)), min(last, max(one, two))
            elif low > 0 or high < 0:
                last = -1.0
        if first > last:
            continue
        steps = max(int(np.ceil(max(abs(to_right), abs(down)) * (last - first))), 1)
        for step in range(steps + 1):
            t = first + (last - first) * step / steps
            # A thousandth nearer, for a line on a surface is to be seen.
            nearer = 1.001 * ((1 - t) / start[2] + t / end[2])
            column, row = int(np.floor(u + t * to_right)), int(np.floor(v + t * down))
            for k in range(thick):
                # Across the line's steeper axis, so that no pixel is drawn twice.
                x = column + (k - thick // 2 if steep else 0)
                y = row + (0 if steep else k - thick // 2)
                if 0 <= x < width and 0 <= y < height:
                    opacity = seen if nearer >= nearness[y, x] else hidden
                    for channel in range(3):
                        before = colour[y, x, channel]
                        colour[y, x, channel] = int(before + opacity * (colours[i, channel] - before))


@njit(cache=True, nogil=True)
def shrink(colour: Colour, out: Colour) -> None:
    """Average blocks of pixels: colour (k H, k W, 3) -> out (H, W, 3)."""
    height, width, _ = out.shape
    side = colour.shape[0] // height
    half = side * side // 2
    for row in range(height):
        for column in range(width):
            for channel in range(3):
                total = half
                for y in range(side):
                    for x in range(side):
                        total += colour[row * side + y, column * side + x, channel]
                out[row, column, channel] = total // (side * side)
