"""Cells of a range image, one after the other, slowly."""

from __future__ import annotations

import numpy as np

from squeezeseg.detection.cells import BEHIND, MIXED, NOBODY
from squeezeseg.networks.box_cells import ROWS


def slow_cells(channels, numbers, stride):
    """Places (G, Q, 3), NaN where a cell is empty, and owners (G, Q) of an image's cells."""
    _, height, width = channels.shape
    shape = -(-height // ROWS), width // stride
    places, owners = np.full((*shape, 3), np.nan), np.full(shape, NOBODY)
    for g in range(shape[0]):
        for q in range(shape[1]):
            part = slice(g * ROWS, (g + 1) * ROWS), slice(q * stride, (q + 1) * stride)
            away = channels[4][part]
            if not (away > 0).any():
                continue
            near = (away > 0) & (away <= away[away > 0].min() + BEHIND)
            places[g, q] = [channels[axis][part][near].mean(dtype=np.float64) for axis in range(3)]
            found, counts = np.unique(numbers[part][near], return_counts=True)
            best = counts.argmax()
            if (found > 0).any():
                owners[g, q] = found[best] if found[best] > 0 and 2 * counts[best] > near.sum() else MIXED
    return places, owners
