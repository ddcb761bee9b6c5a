"""ConvDet's targets: which anchor answers for an object, and by which deltas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from squeezeseg.detection.rectangles import overlaps


def assign(boxes: NDArray[np.float64], anchors: NDArray[np.float64]) -> NDArray[np.intp]:
    """The anchor of each box, no anchor twice: (N, 4) and (A, 4), centre x, centre y, width, height -> (N,).

    One box after the other takes the free anchor that it overlaps best, or where it overlaps none the one nearest by
    the squared distance of all four numbers.
    """
    taken = np.zeros(len(anchors), bool)
    chosen = np.empty(len(boxes), np.intp)
    common = overlaps(anchors, boxes)
    for number, box in enumerate(boxes):
        free = np.where(taken, -1.0, common[:, number])
        best = int(free.argmax())
        if free[best] <= 0:
            best = int(np.where(taken, np.inf, ((anchors - box) ** 2).sum(axis=1)).argmin())
        chosen[number], taken[best] = best, True
    return chosen


def encode(boxes: NDArray[np.float64], anchors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deltas (N, 4) of boxes (N, 4) at their anchors (N, 4): the inverse of decoding (the paper's equation 2).

    The official code divides the centre's offset by the box's size instead, which its decoding does not undo.
    """
    centre = (boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
    return np.concatenate([centre, np.log(boxes[:, 2:] / anchors[:, 2:])], axis=1)
