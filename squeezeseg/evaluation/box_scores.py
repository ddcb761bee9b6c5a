"""Scores of boxes: average precision in 3D and seen from above, objects that were found, and boxes of nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CAR, CLASSES, CYCLIST, IGNORE, OBJECT_CLASSES, PEDESTRIAN, ClassMap
from squeezeseg.evaluation.instances import MIN_POINTS
from squeezeseg.evaluation.metrics import DISTANCE_EDGES, distance_names
from squeezeseg.objects.overlap import ious, volumes

STRICT: Mapping[int, float] = {CAR: 0.7, PEDESTRIAN: 0.5, CYCLIST: 0.5}
LOOSE: Mapping[int, float] = {CAR: 0.5, PEDESTRIAN: 0.25, CYCLIST: 0.25}
"""IoU by class that a box must exceed: KITTI's, and nuScenes-like ones that ask whether an object is there at all."""
POINTS = 40
"""Of the curve of precision over recall: 1/40, 2/40, ... 1, as KITTI has it since 2019.

Precision at a recall is the best at this one or a higher, of all boxes of a score or more. KITTI's own code samples
scores instead, one for each object at most: with fewer than forty objects even perfect boxes don't reach 1 there.
"""
HALF = 0.5
FIELDS = ("bev", "3d")
RIGHT, WRONG, NEITHER = 1, 0, -1
"""Of a box that was found: it meets an object that must be found, it meets none, it doesn't count."""


@dataclass(frozen=True, eq=False)
class FrameBoxes:
    """A frame's true boxes and those that were found.

    true: (G, 7), see `volumes`. true_classes: (G,). optional: (G,), those of which hardly a point is seen.
    found: (D, 7). classes: (D,). scores: (D,). excused: (D,), those where nobody knows what is there.
    """

    true: NDArray[np.float64]
    true_classes: NDArray[np.int64]
    optional: NDArray[np.bool_]
    found: NDArray[np.float64]
    classes: NDArray[np.int64]
    scores: NDArray[np.float64]
    excused: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        boxes: Sequence[Box],
        found: Sequence[tuple[Box, int, float]],
        points: NDArray[np.float32],
        truth: NDArray[np.uint8],
        seen: NDArray[np.bool_],
        class_map: ClassMap,
    ) -> FrameBoxes:
        """A frame's boxes.

        boxes: all true ones; of classes that aren't scored, the points in them aren't either. found: boxes, classes
        and scores. points: (N, 4). truth: (N,) class ids. seen: (N,), the points that a box could be found by.
        """
        known = [box for box in boxes if class_map.class_of(box.kind) in OBJECT_CLASSES]
        points = points[seen]
        unknown = truth[seen] == IGNORE
        held = [int((one.contains(points) & ~unknown).sum()) for one in known]
        excused = []
        for box, _, _ in found:
            inside = box.contains(points)
            excused.append(bool((unknown & inside).sum() > HALF * inside.sum()))
        return cls(
            volumes(known),
            np.array([class_map.class_of(box.kind) for box in known], np.int64),
            np.array([count < MIN_POINTS for count in held], bool),
            volumes([box for box, _, _ in found]),
            np.array([kind for _, kind, _ in found], np.int64),
            np.array([score for _, _, score in found], np.float64),
            np.array(excused, bool),
        )


def box_scores(frames: Sequence[FrameBoxes]) -> dict[str, Any]:
    """Scores by class: for JSON, as fractions; None where there is nothing to find.

    ap: by `LOOSE` or `STRICT` IoU, and bev or 3d; by_distance: the same of what lies in a zone. truth: objects that had
    to be found. detected: the share of them that a box meets from above at the loose IoU. false_per_frame: boxes that
    meet none so.
    """
    result: dict[str, Any] = {}
    for kind in OBJECT_CLASSES:
        truth, _, calls = _judged(frames, kind, 0, None, LOOSE[kind])
        result[CLASSES[kind]] = {
            "truth": truth,
            "detected": int((calls == RIGHT).sum()) / truth if truth else None,
            "false_per_frame": int((calls == WRONG).sum()) / max(len(frames), 1),
            "ap": _precisions(frames, kind, None),
            "by_distance": {name: _precisions(frames, kind, k) for k, name in enumerate(distance_names())},
        }
    return result


def average_precision(truth: int, scores: NDArray[np.float64], calls: NDArray[np.int64]) -> float | None:
    """The mean precision, 0..1, over `POINTS` of recall; None without objects.

    truth: objects that must be found. scores: (D,) of all boxes that were found. calls: (D,) of each, see `RIGHT`.
    """
    if truth == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    right, wrong = np.cumsum(calls[order] == RIGHT), np.cumsum(calls[order] == WRONG)
    ends = np.append(np.diff(scores[order]) != 0, True)[: len(order)]  # boxes of one score come together
    right, wrong = right[ends], wrong[ends]
    best = np.maximum.accumulate((right / np.maximum(right + wrong, 1))[::-1])[::-1]
    first = np.searchsorted(right * POINTS, truth * np.arange(1, POINTS + 1))
    return float(np.append(best, 0.0)[np.minimum(first, len(best))].mean())


def judge(
    overlaps: NDArray[np.float64],
    scores: NDArray[np.float64],
    optional: NDArray[np.bool_],
    excused: NDArray[np.bool_],
    least: float,
) -> NDArray[np.int64]:
    """Which boxes of a frame are right: (D,), see `RIGHT`. The surer ones choose first, each the object that it fits.

    overlaps: (G, D) IoU of true objects and boxes. optional: (G,), objects that may be found, chosen where no other is
    met. excused: (D,), boxes that aren't wrong where they meet no object. least: a box meets what it overlaps by more.
    """
    calls, free = np.zeros(len(scores), np.int64), np.ones(len(optional), np.bool_)
    for d in np.argsort(-scores, kind="stable"):
        met = np.flatnonzero(free & (overlaps[:, d] > least))
        if len(met) == 0:
            calls[d] = NEITHER if excused[d] else WRONG
            continue
        chosen = met[np.lexsort((-overlaps[met, d], optional[met]))[0]]
        free[chosen] = False
        calls[d] = NEITHER if optional[chosen] else RIGHT
    return calls


def _precisions(frames: Sequence[FrameBoxes], kind: int, zone: int | None) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            field: average_precision(*_judged(frames, kind, view, zone, least[kind]))
            for view, field in enumerate(FIELDS)
        }
        for name, least in (("strict", STRICT), ("loose", LOOSE))
    }


def _judged(
    frames: Sequence[FrameBoxes], kind: int, view: int, zone: int | None, least: float
) -> tuple[int, NDArray[np.float64], NDArray[np.int64]]:
    """Of all frames and a class: the objects that must be found, and scores and calls of the boxes.

    What lies in another zone need not be found, and isn't wrong.
    """
    truth, scores, calls = 0, [np.zeros(0)], [np.zeros(0, np.int64)]
    for frame in frames:
        true, found = frame.true_classes == kind, frame.classes == kind
        optional, excused = frame.optional[true], frame.excused[found]
        if zone is not None:
            optional = optional | (_zone(frame.true[true]) != zone)
            excused = excused | (_zone(frame.found[found]) != zone)
        overlaps = ious(frame.true[true], frame.found[found])[view]
        truth += int((~optional).sum())
        scores.append(frame.scores[found])
        calls.append(judge(overlaps, frame.scores[found], optional, excused, least))
    return truth, np.concatenate(scores), np.concatenate(calls)


def _zone(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.digitize(np.hypot(boxes[:, 0], boxes[:, 1]), DISTANCE_EDGES)
