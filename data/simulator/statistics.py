"""Statistics of scans, for comparing simulated ones with real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, OBJECTS, class_map
from data.sources import Source
from projection import RangeImage, project
from projection.errors import InputError

Counts = NDArray[np.int64]

INTENSITIES = np.concatenate([[0.0, 0.015], np.arange(0.05, 1.0, 0.05), [np.inf]])
"""Edges of the intensity's bins: the first holds what returned all but nothing."""

RANGES = np.append(np.arange(0.0, 80.0, 2.0), np.inf)
DISTANCES = np.array([0.0, 10.0, 20.0, 30.0, 45.0, np.inf])
"""Edges of the bins of range, and of the distance of objects, metres."""

ALL = "all"
GROUPS = (ALL, *CLASSES)
SHORT_GAP = 5
"""Pixels: a longer gap in a row is sky or the own car rather than a return that was lost."""

SCANS = 200
"""Scans of a source that are measured at most, spread evenly."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Counts over S scans in the view ahead, H rows.

    valid: (H,) pixels with a return, of S * width in each row.
    lost: (H,) pixels without one in gaps of no more than SHORT_GAP.
    intensity, ranges: by group (all, and the classes) pixels by row and bin, (H, bins).
    objects: by class but the background's, (objects, 2): distance in metres, pixels. Empty where the
        labels don't separate objects.
    labelled: True if there was ground truth; without, the classes' counts are 0.
    """

    name: str
    scans: int
    width: int
    valid: Counts
    lost: Counts
    intensity: dict[str, Counts]
    ranges: dict[str, Counts]
    objects: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    labelled: bool = True


def measure(source: Source, name: str, progress: Callable[[int], None] | None = None) -> Statistics:
    """Statistics of up to SCANS scans of a source, called `name`; scans that can't be read are left out.

    Raises:
        InputError: not one scan can be read.
    """
    classes = class_map("default")
    sensor = source.sensor.with_view("front")
    height, width = sensor.shape
    valid, lost = np.zeros(height, np.int64), np.zeros(height, np.int64)
    intensity = {group: np.zeros((height, len(INTENSITIES) - 1), np.int64) for group in GROUPS}
    ranges = {group: np.zeros((height, len(RANGES) - 1), np.int64) for group in GROUPS}
    objects: dict[str, list[tuple[float, int]]] = {group: [] for group in CLASSES[OBJECTS]}
    chosen = np.unique(np.linspace(0, len(source) - 1, min(len(source), SCANS)).round().astype(int))
    scans, labelled = 0, False
    for done, index in enumerate(chosen, start=1):
        frame = source.frames[index]
        try:
            scan = source.scan(frame)
            truth = source.truth(frame, scan, classes)
            numbers = source.objects(frame, scan, classes)
        except InputError:
            continue
        image = project(scan.points, sensor, scan.ring)
        scans += 1
        valid += image.mask.sum(axis=1)
        lost += short_gaps(image.mask)
        _count(intensity[ALL], ranges[ALL], image, image.mask)
        if truth is not None:
            labelled = True
            label = image.of_pixels(truth, 255)
            for number, group in enumerate(CLASSES):
                _count(intensity[group], ranges[group], image, image.mask & (label == number))
            if numbers is not None:
                for group, found in _objects(image, label, image.of_pixels(numbers, 0)).items():
                    objects[group] += found
        if progress is not None:
            progress(done)
    if not scans:
        raise InputError(f"{source.path}: not one scan can be read; nothing to compare")
    listed = {group: np.array(found, np.float64).reshape(-1, 2) for group, found in objects.items()}
    return Statistics(name, scans, width, valid, lost, intensity, ranges, listed, labelled)


def short_gaps(mask: NDArray[np.bool_]) -> Counts:
    """mask (H, W) -> (H,): pixels in gaps of 1 to SHORT_GAP pixels between two returns of a row."""
    gaps = np.zeros(len(mask), np.int64)
    row, column = np.nonzero(mask)
    length = np.diff(column) - 1
    inside = (np.diff(row) == 0) & (length > 0) & (length <= SHORT_GAP)
    np.add.at(gaps, row[1:][inside], length[inside])
    return gaps


def _count(intensity: Counts, ranges: Counts, image: RangeImage, where: NDArray[np.bool_]) -> None:
    row, _ = np.nonzero(where)
    for table, edges, channel in ((intensity, INTENSITIES, 3), (ranges, RANGES, 4)):
        bin_ = np.searchsorted(edges, image.channels[channel][where], side="right") - 1
        flat = row * table.shape[1] + np.clip(bin_, 0, table.shape[1] - 1)
        table[...] += np.bincount(flat, minlength=table.size).reshape(table.shape)


def _objects(
    image: RangeImage, label: NDArray[np.uint8], number: NDArray[np.int32]
) -> dict[str, list[tuple[float, int]]]:
    """By class, each object's median distance and its pixels."""
    found: dict[str, list[tuple[float, int]]] = {group: [] for group in CLASSES[OBJECTS]}
    for one in np.unique(number[number > 0]):
        own = number == one
        kind = int(np.bincount(label[own], minlength=256).argmax())
        if 0 < kind < len(CLASSES):
            found[CLASSES[kind]].append((float(np.median(image.channels[4][own])), int(own.sum())))
    return found


def share(counts: Counts) -> NDArray[np.float64]:
    """Counts (..., bins) as shares of their sum; 0 where there are none."""
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1))


def total_variation(one: Counts, other: Counts) -> float | None:
    """Total variation distance of two histograms (bins,): 0 alike, 1 without overlap; None for empty ones."""
    if not one.sum() or not other.sum():
        return None
    return float(np.abs(share(one) - share(other)).sum() / 2)


def median_bin(counts: Counts, edges: NDArray[np.float64]) -> float | None:
    """The median of a histogram (bins,), linear within its bin; None without counts."""
    total = counts.sum()
    if not total:
        return None
    below = np.cumsum(counts)
    k = int(np.searchsorted(below, total / 2))
    low, high = edges[k], min(edges[k + 1], 2 * edges[k] - edges[k - 1] if k else edges[k + 1])
    return float(low + (high - low) * (total / 2 - (below[k] - counts[k])) / counts[k])


def by_distance(objects: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Table of objects (n, 2), as in Statistics, by the bins of DISTANCES: their number, quartiles of their pixels."""
    place = np.searchsorted(DISTANCES, objects[:, 0], side="right") - 1
    table = []
    for k in range(len(DISTANCES) - 1):
        pixels = objects[place == k, 1]
        quartiles = [float(q) for q in np.quantile(pixels, (0.25, 0.5, 0.75))] if len(pixels) else None
        table.append({"from_m": float(DISTANCES[k]), "objects": len(pixels), "pixels": quartiles})
    return table


def summary(statistics: Statistics) -> dict[str, Any]:
    """Summary of statistics, in JSON's types."""
    groups = {}
    for group in GROUPS:
        intensity, ranges = statistics.intensity[group].sum(axis=0), statistics.ranges[group].sum(axis=0)
        if not intensity.sum():
            continue
        groups[group] = {
            "pixels": int(intensity.sum()),
            "dark": round(float(share(intensity)[0]), 4),
            "intensity_median": _rounded(median_bin(intensity, INTENSITIES)),
            "range_median_m": _rounded(median_bin(ranges, RANGES)),
            "intensity": share(intensity).round(4).tolist(),
            "range": share(ranges).round(4).tolist(),
        }
    rows = statistics.scans * statistics.width
    by_row = [_rounded(median_bin(row, INTENSITIES)) for row in statistics.intensity[ALL]]
    range_by_row = [_rounded(median_bin(row, RANGES)) for row in statistics.ranges[ALL]]
    return {
        "name": statistics.name,
        "scans": statistics.scans,
        "labelled": statistics.labelled,
        "valid": (statistics.valid / rows).round(4).tolist(),
        "lost_in_short_gaps": (statistics.lost / rows).round(4).tolist(),
        "intensity_median_by_row": by_row,
        "range_median_m_by_row": range_by_row,
        "groups": groups,
        "objects": {group: by_distance(found) for group, found in statistics.objects.items() if len(found)},
    }


def comparison(simulated: Statistics, real: Statistics) -> dict[str, Any]:
    """Comparison of simulated scans with real ones; distances of histograms are 0 (alike) to 1 (no overlap)."""
    rows_apart: float | None = None
    if simulated.valid.shape == real.valid.shape:
        ours, theirs = (one.valid / (one.scans * one.width) for one in (simulated, real))
        rows_apart = round(float(np.abs(ours - theirs).mean()), 4)
    return {
        "with": real.name,
        "valid_by_row": rows_apart,
        "intensity": {g: _between(simulated.intensity[g], real.intensity[g]) for g in GROUPS},
        "range": {g: _between(simulated.ranges[g], real.ranges[g]) for g in GROUPS},
    }


def _between(one: Counts, other: Counts) -> float | None:
    return _rounded(total_variation(one.sum(axis=0), other.sum(axis=0)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
