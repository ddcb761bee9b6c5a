"""Beams as peaks in the distribution of elevations, where neither rings nor the order of points tell them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BIN = 0.01
_WIDTHS = (0.02, 0.04, 0.08)
"""Degrees by which the distribution is smoothed: the least one that gives clear peaks is taken."""
_NEARBY = 6.0
_LEAST = 0.2
"""Of the peaks nearby, how high one must be."""
_VALLEY = 0.7
"""Of the lower of two peaks, how low it must be between them."""
_INSIDE = 0.6
"""Share of the points that must lie at peaks."""


def elevation_peaks(elevation: Floats) -> Floats:
    """Elevations (H,) of beams in degrees, highest first, by those of returns (N,); none if unclear."""
    elevation = elevation[np.abs(elevation) < 60]
    if not len(elevation):
        return np.empty(0)
    counts = np.histogram(elevation, np.arange(-60.5, 60.5 + _BIN / 2, _BIN))[0].astype(np.float64)
    for width in _WIDTHS:
        density = _smoothed(counts, width)
        peaks = _peaks(density)
        if len(peaks) > 1 and _share_near(counts, peaks, width) > _INSIDE:
            return np.asarray(-60.5 + (peaks[::-1] + 0.5) * _BIN)
    return np.empty(0)


def _smoothed(counts: Floats, width: float) -> Floats:
    reach = int(4 * width / _BIN)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _BIN / width) ** 2)
    return np.convolve(counts, kernel, "same")


def _peaks(density: Floats) -> NDArray[np.intp]:
    """Bins of the maxima that stand out from their surroundings."""
    inner = density[1:-1]
    found = np.flatnonzero((inner > density[:-2]) & (inner >= density[2:])) + 1
    if not len(found):
        return found
    reach = int(_NEARBY / _BIN)
    high = [density[max(one - reach, 0) : one + reach].max() for one in found]
    found = found[density[found] > _LEAST * np.asarray(high)]
    kept: list[int] = []
    for one in found:
        if kept:
            valley = density[kept[-1] : one].min()
            lower = min(density[kept[-1]], density[one])
            if valley > _VALLEY * lower:
                if density[one] > density[kept[-1]]:
                    kept[-1] = int(one)
                continue
        kept.append(int(one))
    return np.asarray(kept, np.intp)


def _share_near(counts: Floats, peaks: NDArray[np.intp], width: float) -> float:
    """Share of the returns within a beam's width of a peak, where peaks are further apart than that."""
    reach = int(2 * width / _BIN)
    near = np.zeros(len(counts), bool)
    for peak in peaks:
        near[max(peak - reach, 0) : peak + reach + 1] = True
    return float(counts[near].sum() / counts.sum())
