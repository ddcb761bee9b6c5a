"""One frame of a drive: read, labelled, scored and encoded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from apps.viewer.feeds.agreement import agreement
from apps.viewer.feeds.boxes import found_objects, track_list, true_boxes
from apps.viewer.feeds.feed import Sent
from apps.viewer.feeds.packet import count_classes, encode, pack
from data.labels import CLASSES, IGNORE, ClassMap
from projection import InputError

if TYPE_CHECKING:
    from apps.viewer.feeds.predictors import Predict, Segmented
    from data.sources import Source


@dataclass(frozen=True)
class Summary:
    """A frame's entry in the timeline.

    counts: points of each class, and last those without. iou: of each class, None where it doesn't occur; empty
    without ground truth. mean: of the objects' classes. problem: why the frame can't be shown, or ''.
    agreement: with the run that it is compared with, see `agreement`; None without one.
    """

    position: int
    counts: tuple[int, ...] = ()
    iou: tuple[float | None, ...] = ()
    mean: float | None = None
    milliseconds: float | None = None
    problem: str = ""
    agreement: float | None = None

    def as_list(self) -> list[Any]:
        """For JSON, short, as there may be thousands."""
        return [self.position, self.counts, self.iou, self.mean, self.milliseconds, self.problem, self.agreement]


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedFrame(Sent):
    """A frame on its way, with its entry in the timeline, and its confusion matrix (C, C) where it has truth."""

    summary: Summary
    matrix: NDArray[np.int64] | None = None


def make_frame(
    source: Source,
    position: int,
    predict: Predict,
    class_map: ClassMap,
    *,
    first: bool,
    compare_with: Predict | None = None,
) -> EncodedFrame:
    """Read, label, score and encode a frame of a drive.

    first: whether its times are those of the first, with the loading in them. compare_with: gives it the labels of
    another run. Raises InputError where the frame can't be read or labelled.
    """
    frame = source.frames[position]
    began = time.perf_counter()
    scan = source.scan(frame)
    read = (time.perf_counter() - began) * 1e3
    found = predict(frame, scan)
    result = found.result
    other = None if compare_with is None else compare_with(frame, scan)
    agreed = None if other is None else agreement(result.labels, other.result.labels)
    notice, truth, boxes = "", None, None
    try:
        truth = source.truth(frame, scan, class_map)
        boxes = source.boxes(frame)
    except InputError as error:
        notice = f"no ground truth: {error}"
    matrix = None if truth is None else _confusion(truth, result.labels)
    facts = _facts(found, matrix)
    summary = Summary(
        position, tuple(facts["counts"]), facts["iou"], facts["mean"], found.stages.get("total"), agreement=agreed
    )
    sensor = result.image.sensor
    data = encode(
        pack(scan.points, result, truth, None if other is None else other.result),
        {
            "position": position,
            "number": frame.number,
            "name": frame.name,
            "stamp": scan.stamp,
            **facts,
            "stages": {"read": round(read, 2), **found.stages},
            "first": first,
            "boxes": true_boxes(boxes or (), class_map),
            "azimuths": [sensor.azimuth_left, sensor.azimuth_right],
            "height": sensor.height,
            "other": None
            if other is None
            else _facts(other, None if truth is None else _confusion(truth, other.result.labels)),
            "agreement": agreed,
            "notice": notice,
            "doubt": result.doubt,
        },
    )
    return EncodedFrame(data, position, summary=summary, matrix=matrix)


def _facts(segmented: Segmented, matrix: NDArray[np.int64] | None) -> dict[str, Any]:
    """The part of a packet's header that a run's labels decide. matrix: their confusion, None without truth."""
    result = segmented.result
    confident = result.confidence is not None
    iou, mean = _scores(matrix)
    return {
        "counts": count_classes(result.labels, len(CLASSES)),
        "iou": iou,
        "mean": mean,
        "found": found_objects(segmented.found, confident=confident),
        "tracks": None if segmented.followed is None else track_list(segmented.followed),
        "confident": confident,
    }


def _confusion(truth: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    from squeezeseg.evaluation.metrics import count_pairs

    scored = (truth != IGNORE) & (labels != IGNORE)
    group = np.zeros(int(scored.sum()), np.int64)
    matrix: NDArray[np.int64] = count_pairs(truth[scored], labels[scored], group, 1, len(CLASSES))[0]
    return matrix


def _scores(matrix: NDArray[np.int64] | None) -> tuple[tuple[float | None, ...], float | None]:
    """IoU of each class, and the mean of the objects' classes; None for what doesn't occur."""
    from squeezeseg.evaluation.metrics import iou, mean_iou

    if matrix is None:
        return (), None
    mean = float(mean_iou(matrix))
    values = tuple(round(float(value), 4) if np.isfinite(value) else None for value in iou(matrix))
    return values, round(mean, 4) if np.isfinite(mean) else None
