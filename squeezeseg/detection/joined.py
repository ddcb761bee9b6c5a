"""Boxes of objects: their points decide whether there is one, and the cells of a head for boxes how large it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from squeezeseg.detection.box_code import decode, half_turn
from squeezeseg.detection.cells import CellGrid, cell_places
from squeezeseg.networks.box_cells import NUMBERS, ROWS
from squeezeseg.objects.overlap import first_come

FEWEST = 2
"""Cells of an object from which on their box is believed."""
SHARE = 0.2
"""Share of the smaller's area, seen from above, that two boxes of a class may have in common."""


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """0..1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -60, 60))))


def boxes_of_cells(
    told: NDArray[np.float32], channels: NDArray[np.float32], grid: CellGrid, least: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """The boxes that cells tell by themselves, the best of those that overlap: (N, 7), classes and scores (N,).

    told: (classes - 1 + 8, G, Q) of a head for boxes. channels: (5, H, W) of the range image. least: score.
    """
    places, filled = cell_places(channels, grid)
    scores = sigmoid(told[:-NUMBERS])
    best = scores.argmax(0)
    g, q = np.nonzero(filled & (scores.max(0) >= least))
    classes, score = best[g, q] + 1, scores.max(0)[g, q]
    order = np.argsort(-score, kind="stable")
    g, q, classes, score = g[order], q[order], classes[order], score[order]
    boxes = decode(told[-NUMBERS:, g, q].T, classes, places[g, q])
    stays = first_come(boxes[:, (0, 1, 3, 4, 6)], classes, SHARE)
    return boxes[stays], classes[stays], score[stays]


def boxes_of_objects(
    told: NDArray[np.float32],
    channels: NDArray[np.float32],
    grid: CellGrid,
    pixels: NDArray[np.integer],
    objects: NDArray[np.integer],
    classes: NDArray[np.integer],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The box that most of an object's cells tell, for each object: (B, 7), and whether it can be believed (B,).

    Of each number of a box the median over the object's cells, each as heavy as it holds the object likely; the mean of
    the directions. A cell at an object's edge, or one that sees another thing, is outvoted.

    told, channels: as of `boxes_of_cells`. pixels: (P,) flat indices of the range image, of objects. objects: (P,),
    whose each is, 0 to B - 1. classes: (B,) ids.
    """
    count, width = len(classes), channels.shape[2]
    boxes, believed = np.zeros((count, 7)), np.zeros(count, np.bool_)
    if count == 0:
        return boxes, believed
    places, filled = cell_places(channels, grid)
    cell = pixels // width // ROWS * grid.shape[1] + grid.columns[pixels % width]
    pairs = np.unique(np.asarray(objects, np.int64) * places[..., 0].size + cell)
    owner, cell = np.divmod(pairs, places[..., 0].size)
    owner, cell = owner[filled.ravel()[cell]], cell[filled.ravel()[cell]]
    kinds = np.asarray(classes)[owner]
    flat = told.reshape(len(told), -1)
    weight = sigmoid(flat[kinds - 1, cell])
    found = decode(flat[-NUMBERS:, cell].T, kinds, places.reshape(-1, 3)[cell])
    ends = np.searchsorted(owner, np.arange(count + 1))
    for k in range(count):
        own = slice(ends[k], ends[k + 1])
        if own.stop - own.start < FEWEST:
            continue
        believed[k] = True
        boxes[k, :6] = weighted_median(found[own, :6], weight[own])
        turn = 2 * found[own, 6]
        boxes[k, 6] = half_turn(np.arctan2(weight[own] @ np.sin(turn), weight[own] @ np.cos(turn)) / 2)
    return boxes, believed


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value (K,) of each column of (N, K) on whose either side lies at most half of the weights (N,)."""
    order = np.argsort(values, axis=0, kind="stable")
    so_far = np.cumsum(weights[order], axis=0)
    middle = (so_far >= so_far[-1] / 2).argmax(axis=0)
    return np.asarray(np.take_along_axis(values, np.take_along_axis(order, middle[None], 0), 0)[0])
