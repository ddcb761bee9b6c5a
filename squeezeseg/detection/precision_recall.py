"""Precision over recall, and its mean, as KITTI's development kit has them; for any kind of box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

STEPS = 40
"""Parts that recall is divided into."""
Points = Literal[11, 40]
"""Points of the curve that are averaged: 11 until 2019, recall 0 among them, 40 without it since."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """One scan's or image's true objects of a class, and the boxes that were found.

    overlaps: (G, D) float64, IoU of true object and box. scores: (D,) float64.
    optional: (G,) bool, objects that may be found and need not. idle: (D,) bool, boxes that count neither as right nor
    as wrong. excused: (D,) bool, boxes that aren't wrong where they meet no object.
    """

    overlaps: NDArray[np.float64]
    scores: NDArray[np.float64]
    optional: NDArray[np.bool_]
    idle: NDArray[np.bool_]
    excused: NDArray[np.bool_]


def precision_curve(frames: Sequence[Candidates], least: float) -> NDArray[np.float64] | None:
    """(41,) precision at recall 0, 1/40, ... 1, each the best at this recall or a higher one; None without objects.

    least: a box meets an object if they overlap by more.
    """
    objects = sum(int((~frame.optional).sum()) for frame in frames)
    if objects == 0:
        return None
    met = [_scores_of_met(f.overlaps, f.scores, f.optional, f.idle, least) for f in frames]
    scores = np.sort(np.concatenate(met))[::-1]
    precision = np.zeros(STEPS + 1)
    for step, score in enumerate(_sampled(scores, objects)):
        counts = np.zeros(2)
        for f in frames:
            counts += _right_and_wrong(f.overlaps, f.scores, f.optional, f.idle, f.excused, least, score)
        right, wrong = counts
        precision[step] = right / (right + wrong) if right + wrong else 0.0
    return np.maximum.accumulate(precision[::-1])[::-1]


def average_precision(curve: NDArray[np.float64], points: Points) -> float:
    """The mean precision, 0..1, over the curve's 11 or 40 points."""
    return float(curve[:: STEPS // 10].mean() if points == 11 else curve[1:].mean())


def _sampled(scores: NDArray[np.float64], objects: int) -> list[float]:
    """The scores at which recall comes nearest to each of its steps. scores: of boxes that met objects, best first."""
    chosen: list[float] = []
    wanted = 0.0
    for index, score in enumerate(scores.tolist()):
        last = index == len(scores) - 1
        reached, next_reached = (index + 1) / objects, (index + 2) / objects
        if last or next_reached - wanted >= wanted - reached:
            chosen.append(score)
            wanted += 1 / STEPS  # summed up, as the development kit does: ties are decided by its rounding
    return chosen[: STEPS + 1]


@njit(cache=True, nogil=True)
def _scores_of_met(
    overlaps: NDArray[np.float64],
    scores: NDArray[np.float64],
    optional: NDArray[np.bool_],
    idle: NDArray[np.bool_],
    least: float,
) -> NDArray[np.float64]:
    """Scores of the boxes that are right: each object takes the free one of the highest score that meets it."""
    objects, boxes = overlaps.shape
    taken = np.zeros(boxes, np.bool_)
    result, count = np.empty(objects), 0
    for i in range(objects):
        best = -1
        for j in range(boxes):
            if not taken[j] and overlaps[i, j] > least and (best < 0 or scores[j] > scores[best]):
                best = j
        if best >= 0:
            taken[best] = True
            if not optional[i] and not idle[best]:
                result[count] = scores[best]
                count += 1
    return result[:count]


@njit(cache=True, nogil=True)
def _right_and_wrong(
    overlaps: NDArray[np.float64],
    scores: NDArray[np.float64],
    optional: NDArray[np.bool_],
    idle: NDArray[np.bool_],
    excused: NDArray[np.bool_],
    least: float,
    score: float,
) -> NDArray[np.float64]:
    """Boxes of at least a score that are right, and wrong: each object takes the free one that fits it best."""
    objects, boxes = overlaps.shape
    taken = scores < score
    right, wrong = 0, 0
    for i in range(objects):
        best = -1
        for j in range(boxes):
            if taken[j] or not overlaps[i, j] > least:
                continue
            # An idle box is taken only where no other is.
            if best < 0 or (not idle[j] and (idle[best] or overlaps[i, j] > overlaps[i, best])):
                best = j
        if best >= 0:
            taken[best] = True
            right += not optional[i] and not idle[best]
    for j in range(boxes):
        wrong += not taken[j] and not idle[j] and not excused[j]
    return np.array([float(right), float(wrong)])
