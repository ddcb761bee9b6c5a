"""Average precision of 2D boxes as KITTI's object benchmark has it (evaluate_object.cpp of its development kit)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.kitti.object_labels import ObjectLabel
from squeezeseg.detection.precision_recall import Candidates, Points, average_precision, precision_curve
from squeezeseg.detection.rectangles import overlaps

OVERLAPS: Mapping[str, float] = {"Car": 0.7, "Pedestrian": 0.5, "Cyclist": 0.5}
"""Classes that are scored, and the IoU that a box must exceed."""
NEIGHBOURS: Mapping[str, str] = {"Car": "Van", "Pedestrian": "Person_sitting"}
"""Object types that need not be told from a class."""


@dataclass(frozen=True)
class Difficulty:
    """Which objects must be found.

    height: in pixels, at least; lower boxes aren't wrong either. occlusion: 0 none, 1 partly, 2 largely; at the most.
    truncation: share of the object outside the image, at the most.
    """

    name: str
    height: float
    occlusion: int
    truncation: float


DIFFICULTIES = (Difficulty("easy", 40, 0, 0.15), Difficulty("moderate", 25, 1, 0.3), Difficulty("hard", 25, 2, 0.5))


def score(
    truth: Sequence[Sequence[ObjectLabel]], found: Sequence[Sequence[ObjectLabel]], points: Points
) -> dict[str, dict[str, float | None]]:
    """Average precision, 0..1, by class and difficulty; None where nothing had to be found.

    truth, found: of each image; what was found has scores. points: of the curve, see `Points`.
    """
    result: dict[str, dict[str, float | None]] = {}
    for kind, least in OVERLAPS.items():
        result[kind] = {}
        for difficulty in DIFFICULTIES:
            frames = [_candidates(*pair, kind, difficulty) for pair in zip(truth, found, strict=True)]
            curve = precision_curve(frames, least)
            result[kind][difficulty.name] = None if curve is None else average_precision(curve, points)
    return result


def _candidates(
    truth: Sequence[ObjectLabel], found: Sequence[ObjectLabel], kind: str, difficulty: Difficulty
) -> Candidates:
    objects = [one for one in truth if _is(one, kind) or _is(one, NEIGHBOURS.get(kind))]
    low = [
        int(abs(_height(one))) < difficulty.height for one in found
    ]  # of whole pixels, as the development kit has it
    # Low boxes of other classes may be taken for an object of this one, too.
    boxes = [(one, is_low) for one, is_low in zip(found, low, strict=True) if is_low or _is(one, kind)]
    places = _centred([one for one, _ in boxes])
    vague = _centred([one for one in truth if _is(one, "DontCare")])
    common = overlaps(vague, places)
    # IoU to the share of the box that lies in the area.
    areas, own = vague[:, 2:].prod(axis=1)[:, None], places[:, 2:].prod(axis=1)
    inside = common * (areas + own) / (1 + common) / np.maximum(own, 1e-9)
    return Candidates(
        overlaps=overlaps(_centred(objects), places),
        scores=np.array([one.score or 0.0 for one, _ in boxes]),
        optional=np.array([not _is(one, kind) or _beyond(one, difficulty) for one in objects], bool),
        idle=np.array([is_low for _, is_low in boxes], bool),
        excused=np.asarray((inside > OVERLAPS[kind]).any(axis=0)),
    )


def _is(label: ObjectLabel, kind: str | None) -> bool:
    return kind is not None and label.kind.lower() == kind.lower()


def _beyond(label: ObjectLabel, difficulty: Difficulty) -> bool:
    """True if an object is harder to find than the difficulty asks for."""
    return (
        label.occlusion > difficulty.occlusion
        or label.truncation > difficulty.truncation
        or _height(label) < difficulty.height
    )


def _height(label: ObjectLabel) -> float:
    return label.rectangle[3] - label.rectangle[1]


def _centred(labels: Sequence[ObjectLabel]) -> NDArray[np.float64]:
    """(N, 4) centre and size of rectangles, the development kit's way: from edge to edge, with no pixel added."""
    corners = np.array([label.rectangle for label in labels], np.float64).reshape(-1, 4)
    return np.concatenate([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], axis=1)
