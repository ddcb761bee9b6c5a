"""Projection and back-projection, point by point, straight from their descriptions."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np

NO_BEAM = 255
FLAT, DROP = 0.15, 0.2  # degrees that a beam may waver over three points, and that lie between two at least
STEP_BACK = math.degrees(math.atan(0.1))  # degrees that noise may turn the azimuth back


class Projected(NamedTuple):
    channels: np.ndarray
    mask: np.ndarray
    index: np.ndarray
    pixel: np.ndarray
    distance: np.ndarray


def distance_of(point) -> np.float32:
    """The range of a point in metres, 0 if it is no return."""
    x, y, z = (float(v) for v in point[:3])
    if not all(map(math.isfinite, (x, y, z))):
        return np.float32(0)
    with np.errstate(over="ignore"):
        away = np.float32(math.sqrt(x * x + y * y + z * z))
    return away if np.isfinite(away) else np.float32(0)


def azimuth_of(point) -> float:
    return math.degrees(math.atan2(float(point[1]), float(point[0])))


def elevation_of(point) -> float:
    return math.degrees(math.atan2(float(point[2]), math.hypot(float(point[0]), float(point[1]))))


def estimate_cut(points):
    """The azimuth between the last and the first point's that most drops of the elevation pass over."""
    xyz = points[[distance_of(p) > 0 for p in points], :3].astype(np.float64)
    if len(xyz) < 8:
        return 0.0
    azimuth = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])) % 360.0
    elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))

    # A step i goes from point i + 2 to i + 3: three points before it, three after it.
    stretches = np.lib.stride_tricks.sliding_window_view(elevation, 3)
    flat = np.ptp(stretches, axis=1) < FLAT
    middle = np.median(stretches, axis=1)
    steps = np.flatnonzero(flat[:-3] & flat[3:] & (middle[:-3] - middle[3:] > DROP))

    # Azimuths from here on count from the last point's, so that the first point's is the end of the search.
    origin = azimuth[-1]
    end = (azimuth[0] - origin) % 360.0
    left = (azimuth[steps + 2] - origin) % 360.0
    width = (azimuth[steps + 3] - azimuth[steps + 2]) % 360.0
    left[left + width > 360.0] -= 360.0
    right = left + width
    inside = (left <= end) & (right >= 0.0) & (width < 180.0)
    left, right = np.clip(left[inside], 0.0, end), np.clip(right[inside], 0.0, end)
    if len(left) == 0:
        return float((origin + end / 2) % 360.0)

    # The azimuth under the most intervals lies just after the start of one of them.
    covering = [np.count_nonzero((left <= start) & (start <= right)) for start in left]
    begin = left[covering == np.max(covering)].min()
    until = right[right >= begin].min()
    return float((origin + (begin + until) / 2) % 360.0)


def beams_by_order(points, cut, count):
    """Count falls of the azimuth, seen from the cut, by more than half a turn; None for a scan in another order.

    A scan is in order if three quarters of the beams turn up and nine tenths of them lie below the one before.
    """
    beams = np.full(len(points), NO_BEAM, np.uint8)
    runs: dict[int, list[float]] = {}
    beam, before, order = 0, None, []
    for i, point in enumerate(points):
        if distance_of(point) == 0:
            continue
        azimuth = (azimuth_of(point) - cut) % 360.0
        if before is not None and before - azimuth > 180.0:
            beam += 1
        elif before is not None and azimuth - before > 180.0 and before + 360.0 - azimuth < STEP_BACK and azimuth > 270:
            beam -= 1
        before = azimuth
        order.append((i, max(beam, 0)))
        runs.setdefault(max(beam, 0), []).append(math.tan(math.radians(elevation_of(point))))
    if max(runs, default=0) > count or 4 * (beam + 1) < 3 * count:
        return None
    means = [np.mean(runs[k]) for k in range(beam + 1)]
    if sum(b < a for a, b in pairwise(means)) < 0.9 * beam:
        return None
    missing = max(count - (beam + 1), 0)  # at the top, in the sky
    for i, k in order:
        beams[i] = min(k + missing, count - 1)
    return beams


def beams_by_elevation(points, elevations):
    """The nearest of the elevations, which fall."""
    beams = np.full(len(points), NO_BEAM, np.uint8)
    for i, point in enumerate(points):
        if distance_of(point) > 0:
            beams[i] = np.argmin(np.abs(np.asarray(elevations) - elevation_of(point)))
    return beams


def rows_by_elevation(points, elevations):
    """H equal steps, the first and last centred on the outermost beams; what lies beyond belongs to those."""
    step = (elevations[0] - elevations[-1]) / (len(elevations) - 1)
    rows = np.full(len(points), NO_BEAM, np.uint8)
    for i, point in enumerate(points):
        if distance_of(point) > 0:
            row = math.floor((elevations[0] - elevation_of(point)) / step + 0.5)
            rows[i] = np.clip(row, 0, len(elevations) - 1)
    return rows


def project(points, sensor, ring=None):
    """A scan as range image, its points sorted into pixels one after the other."""
    if sensor.rows == "elevation":
        rows = rows_by_elevation(points, sensor.elevations)
    elif ring is not None:
        rows = np.where([distance_of(p) > 0 for p in points], ring, NO_BEAM)
    else:
        rows = beams_by_order(points, sensor.cut, sensor.beams)
        if rows is None:
            rows = beams_by_elevation(points, sensor.elevations)

    H, W = sensor.shape
    pixel, distance = np.full(len(points), -1, np.int32), np.zeros(len(points), np.float32)
    held: dict[tuple[int, int], list[int]] = {}
    for i, point in enumerate(points):
        share = (sensor.azimuth_left - azimuth_of(point)) / (sensor.azimuth_left - sensor.azimuth_right)
        column = math.floor(share * W) if distance_of(point) > 0 else -1
        if sensor.full_turn and column == W:
            column = 0
        if 0 <= column < W:
            pixel[i], distance[i] = rows[i] * W + column, distance_of(point)
            held.setdefault((int(rows[i]), column), []).append(i)

    index, channels = np.full((H, W), -1, np.int32), np.zeros((5, H, W), np.float32)
    for place, members in held.items():
        winner = min(members, key=lambda i: (distance[i], i))
        index[place] = winner
        intensity = points[winner, 3] if math.isfinite(points[winner, 3]) else 0.0
        channels[(slice(None), *place)] = [*points[winner, :3], intensity, distance[winner]]
    return Projected(channels, index >= 0, index, pixel, distance)


def back_project(values, image, wrap, fill=255, neighbours=0, gap=1.0):
    """Each point's pixel's value; with neighbours, points `gap` behind their pixel's point take a vote."""
    H, W = values.shape
    ranges = image.channels[4]
    out = np.full(len(image.pixel), fill, values.dtype)
    for i, pixel in enumerate(image.pixel):
        if pixel < 0:
            continue
        row, column = divmod(int(pixel), W)
        out[i] = values[row, column]
        if neighbours == 0 or image.distance[i] - ranges[row, column] <= gap:
            continue
        window = []
        for r in range(row - 2, row + 3):
            for c in range(column - 2, column + 3):
                inside = 0 <= r < H and (wrap or 0 <= c < W)
                if inside and image.mask[r, c % W] and abs(ranges[r, c % W] - image.distance[i]) <= gap:
                    window.append((abs(ranges[r, c % W] - image.distance[i]), len(window), values[r, c % W]))
        voters = [value for _, _, value in sorted(window)[:neighbours]]
        if voters:
            votes = Counter(voters)  # in the order of their distance, so that max takes the nearest of a tie
            out[i] = max(votes, key=lambda value: votes[value])
    return out
