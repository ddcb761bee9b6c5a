"""Scores by object: which were found, and which are none.

SqueezeSeg's section IV.B matches instances of prediction and truth and counts over them; the matching by the
intersection of point sets is the panoptic quality's (Kirillov et al., CVPR 2019).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.labels import BACKGROUND, IGNORE, OBJECTS
from projection import RangeImage
from squeezeseg.objects.grouping import connect

MIN_POINTS = 10
"""Scored points from which on an object counts: of fewer nobody can say what they are."""
HALF = 0.5
"""Share of an object's points that must have its class, or of the union that must be common to two of a pair."""


class Count(NamedTuple):
    """Counts of the objects of a class.

    truth: objects there are. detected: those of them half of whose points have their class, whatever else has it.
    matched: those of them with a predicted object of IoU one half.
    predicted: objects the labels show. false: those of them less than half of whose points truly have the class.
    unmatched: those of them without a true object of IoU one half.
    """

    truth: Any
    detected: Any
    matched: Any
    predicted: Any
    false: Any
    unmatched: Any


def connected(image: RangeImage, labels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Objects as what hangs together: labels (N,) of an image's points -> (N,) int32 from 1, 0 for none.

    A hidden point belongs to its pixel's object if it has its label.
    """
    kind = image.of_pixels(labels, BACKGROUND)
    kind[kind == IGNORE] = BACKGROUND
    groups, _ = connect(image.channels, kind, image.sensor)
    pixel = np.maximum(image.pixel, 0)
    same = (image.pixel >= 0) & (kind.ravel()[pixel] == labels)
    return np.where(same, groups.ravel()[pixel], 0).astype(np.int32)


def count_objects(
    truth: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    truth_ids: NDArray[np.integer[Any]],
    label_ids: NDArray[np.integer[Any]],
    distance: NDArray[np.floating[Any]],
    edges: tuple[float, ...],
    classes: int,
) -> NDArray[np.int64]:
    """Objects of one frame, all of its points (N,) scored: the fields of `Count` by class and distance.

    Objects of different classes may have the same id. 0 is an object of its own for none, and a predicted object that
    lies mostly on points of its class without an object is left out: nobody knows which objects are there.

    Returns:
        (C - 1, len(edges) + 1, 6) int64, without the background. The distance is the mean over an object's points.
    """
    out = np.zeros((classes - 1, len(edges) + 1, len(Count._fields)), np.int64)
    for k in range(classes)[OBJECTS]:
        is_true, is_given = truth == k, labels == k
        either = is_true | is_given
        true_ids, t = np.unique(np.where(is_true, truth_ids, 0)[either], return_inverse=True)
        given_ids, p = np.unique(np.where(is_given, label_ids, 0)[either], return_inverse=True)
        hit, known = is_given[either], is_true[either]
        away = distance[either].astype(np.float64)
        true_size, true_hits = np.bincount(t), np.bincount(t, hit)
        given_size, given_hits = np.bincount(p), np.bincount(p, known)
        crowd = np.bincount(p, known & (true_ids[t] == 0)) if len(p) else given_size
        pairs = np.bincount(t * len(given_ids) + p, minlength=len(true_ids) * len(given_ids))
        common = pairs.reshape(len(true_ids), len(given_ids))
        union = true_size[:, None] + given_size - common
        matched_true, matched_given = _match(common, union, true_ids, given_ids)
        large_true = (true_size >= MIN_POINTS) & (true_ids != 0)
        large_given = (given_size >= MIN_POINTS) & (given_ids != 0)
        true_zone = np.digitize(np.bincount(t, away) / np.maximum(true_size, 1), edges)
        given_zone = np.digitize(np.bincount(p, away) / np.maximum(given_size, 1), edges)
        unknown = crowd > HALF * given_size
        counts = Count(
            large_true,
            large_true & (true_hits >= HALF * true_size),
            large_true & matched_true,
            large_given,
            large_given & (given_hits < HALF * given_size),
            large_given & ~matched_given & ~unknown,
        )
        for field, chosen in enumerate(counts):
            zone = true_zone if field < 3 else given_zone
            out[k - OBJECTS.start, :, field] = np.bincount(zone[chosen], minlength=len(edges) + 1)
    return out


def _match(
    common: NDArray[np.int64], union: NDArray[np.int64], true_ids: NDArray[Any], given_ids: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Match true (T,) with given objects (G,), the pair with the highest IoU first: which have a partner."""
    true, given = np.zeros(len(true_ids), np.bool_), np.zeros(len(given_ids), np.bool_)
    iou = common / np.maximum(union, 1)
    iou[true_ids == 0] = 0
    iou[:, given_ids == 0] = 0
    t, g = np.nonzero(iou >= HALF)
    for i in np.argsort(-iou[t, g], kind="stable"):
        if not true[t[i]] and not given[g[i]]:
            true[t[i]] = given[g[i]] = True
    return true, given
