"""Counts of a scan's points and objects by class."""

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
        seen and are not known. objects: (256,) int64, objects by the label of their first point.
    """

    points: NDArray[np.int64]
    unknown: int
    objects: NDArray[np.int64]

    @classmethod
    def of(cls, result: Segmentation) -> Tally:
        """The counts of a segmented scan; nobody knows what is unknown where there is no confidence."""
        points, objects = np.zeros((2, IGNORE + 1), np.int64)
        instances = result.instance_numbers
        met = np.zeros(int(instances.max(initial=0)) + 1, np.bool_)
        unknown = count(result.labels, result.confidence_or(0.0), instances, points, objects, met)
        return cls(points, int(unknown), objects)


@njit(cache=True, nogil=True)
def count(
    labels: NDArray[np.uint8],
    confidence: NDArray[np.float32],
    instances: NDArray[np.uint16],
    points: NDArray[np.int64],
    objects: NDArray[np.int64],
    met: NDArray[np.bool_],
) -> int:
    """Add to `points` and `objects` (256,), both by label. Returns how many points are unknown.

    labels, confidence, instances: (N,). met: False for every instance, and True for those found afterwards.
    """
    unknown = 0
    for n in range(len(labels)):
        label = labels[n]
        points[label] += 1
        unknown += label == IGNORE and confidence[n] > 0
        k = instances[n]
        if k > 0 and not met[k]:
            met[k] = True
            objects[label] += 1
    return unknown
