"""HOTA: how well objects are found, and how well their tracks last, in equal parts.

Luiten, Osep, Dendorfer, Torr, Geiger, Leal-Taixe, Leibe, HOTA: A Higher Order Metric for Evaluating Multi-Object
Tracking, IJCV 2021. How pairs are chosen is TrackEval's: by their similarity times how alike their tracks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from squeezeseg.evaluation.tracks.frames import TrackFrame, numbered

ALPHAS = np.arange(1, 20) / 20
"""Similarities from which on a pair counts; scores are the means over them."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Hota:
    """Fractions of 1, None where there is neither a true nor a predicted object.

    hota: the mean of the geometric means of the two others, one for each of `ALPHAS`.
    deta: detection, found ones among all true and predicted ones. assa: association, the same of the tracks' frames.
    """

    hota: float | None
    deta: float | None
    assa: float | None


def hota(frames: Sequence[TrackFrame], reach: float) -> Hota:
    """Score the frames of one class.

    reach: metres at which two objects have the similarity one half; it falls from 1 at none to 0 at twice as many.
    """
    frames, true_tracks, given_tracks = numbered(frames)
    alike = [np.maximum(1 - one.away / (2 * reach), 0) for one in frames]
    in_true, in_given = np.zeros((true_tracks, 1)), np.zeros((1, given_tracks))
    together = np.zeros((true_tracks, given_tracks))
    for one, similarity in zip(frames, alike, strict=True):
        in_true[one.true] += 1
        in_given[0, one.given] += 1
        union = similarity.sum(0) + similarity.sum(1)[:, None] - similarity
        together[np.ix_(one.true, one.given)] += similarity / np.where(union > 0, union, 1)
    boxes = in_true.sum() + in_given.sum()
    if not boxes:
        return Hota(None, None, None)
    tracks_alike = together / np.maximum(in_true + in_given - together, _ROUNDING)
    matches = np.zeros((len(ALPHAS), true_tracks, given_tracks))
    for one, similarity in zip(frames, alike, strict=True):
        rows, columns = linear_sum_assignment(-tracks_alike[np.ix_(one.true, one.given)] * similarity)
        counts = similarity[rows, columns] >= ALPHAS[:, None] - _ROUNDING
        matches[:, one.true[rows], one.given[columns]] += counts
    hits = matches.sum((1, 2))
    detection = hits / (boxes - hits)
    shared = (matches**2 / np.maximum(in_true + in_given - matches, 1)).sum((1, 2))
    association = shared / np.maximum(hits, 1)
    return Hota(float(np.sqrt(detection * association).mean()), float(detection.mean()), float(association.mean()))
