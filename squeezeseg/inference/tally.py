"""Counts of a scan's points by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import IGNORE
from data.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of one scan.

    points: (256,) int64, points by label; 255 (IGNORE) holds those without a label. unknown: how many of these were
        seen and are not known.
    """

    points: NDArray[np.int64]
    unknown: int

    @classmethod
    def of(cls, result: Segmentation) -> Tally:
        """The counts of a segmented scan; nobody knows what is unknown where there is no confidence."""
        points = np.zeros(IGNORE + 1, np.int64)
        unknown = count(result.labels, result.confidence_or(0.0), points)
        return cls(points, int(unknown))


@njit(cache=True, nogil=True)
def count(labels: NDArray[np.uint8], confidence: NDArray[np.float32], points: NDArray[np.int64]) -> int:
    """Add to `points` (256,), by label. Returns how many points are unknown.

    labels, confidence: (N,).
    """
    unknown = 0
    for n in range(len(labels)):
        label = labels[n]
        points[label] += 1
        unknown += label == IGNORE and confidence[n] > 0
    return unknown
