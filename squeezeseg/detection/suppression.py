"""Non-maximum suppression: of boxes that overlap, the best one stays."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def suppress(
    overlaps: NDArray[np.float64], scores: NDArray[np.floating], classes: NDArray[np.integer], threshold: float
) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first: no two of a class overlap by more than `threshold`.

    A box that was itself suppressed suppresses none, as is usual; SqueezeDet's own code lets it.

    overlaps: (N, N) IoU of each pair, of whatever kind of box. scores: (N,). classes: (N,); boxes of different
    classes leave each other alone. Of equal scores the first box is the better.
    """
    order = np.argsort(-scores, kind="stable")
    kept = _kept(np.ascontiguousarray(overlaps, np.float64), order, np.asarray(classes, np.int64), threshold)
    return order[kept]


@njit(cache=True, nogil=True)
def _kept(
    overlaps: NDArray[np.float64], order: NDArray[np.intp], classes: NDArray[np.int64], threshold: float
) -> NDArray[np.bool_]:
    kept = np.ones(len(order), np.bool_)
    for i in range(len(order)):
        if not kept[i]:
            continue
        best = order[i]
        for j in range(i + 1, len(order)):
            other = order[j]
            if kept[j] and classes[other] == classes[best] and overlaps[best, other] > threshold:
                kept[j] = False
    return kept
