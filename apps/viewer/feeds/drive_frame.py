"""One frame of a drive: read, labelled, scored and encoded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from apps.viewer.feeds.feed import Sent
from apps.viewer.feeds.packet import box_list, count_classes, encode, pack
from data.labels import CLASSES, IGNORE, ClassMap
from projection import InputError

if TYPE_CHECKING:
    from apps.viewer.feeds.predictors import Predict
    from data.boxes import Box
    from data.sources import Source


@dataclass(frozen=True)
class Summary:
    """A frame's entry in the timeline.

    counts: points of each class, and last those without. iou: of each class, None where it doesn't occur; empty
    without ground truth. mean: of the objects' classes. problem: why the frame can't be shown, or ''.
    """

    position: int
    counts: tuple[int, ...] = ()
    iou: tuple[float | None, ...] = ()
    mean: float | None = None
    milliseconds: float | None = None
    problem: str = ""

    def as_list(self) -> list[Any]:
        """For JSON, short, as there may be thousands."""
        return [self.position, self.counts, self.iou, self.mean, self.milliseconds, self.problem]


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedFrame(Sent):
    """A frame on its way, with its entry in the timeline, and its confusion matrix (C, C) where it has truth."""

    summary: Summary
    matrix: NDArray[np.int64] | None = None


def make_frame(source: Source, position: int, predict: Predict, class_map: ClassMap, *, first: bool) -> EncodedFrame:
    """Read, label, score and encode a frame of a drive.

    first: whether its times are those of the first, with the loading in them. Raises InputError where the frame can't
    be read or labelled.
    """
    frame = source.frames[position]
    began = time.perf_counter()
    scan = source.scan(frame)
    read = (time.perf_counter() - began) * 1e3
    found = predict(frame, scan)
    result = found.result
    notice, truth, boxes, matrix = "", None, None, None
    try:
        truth = source.truth(frame, scan, class_map)
        boxes = source.boxes(frame)
    except InputError as error:
        notice = f"no ground truth: {error}"
    if truth is not None:
        matrix = _confusion(truth, result.labels)
    iou, mean = _scores(matrix)
    stages = {"read": round(read, 2), **found.stages}
    counts = count_classes(result.labels, len(CLASSES))
    summary = Summary(position, tuple(counts), iou, mean, found.stages.get("total"))
    sensor = result.image.sensor
    data = encode(
        pack(scan.points, result.labels, result.image, result.confidence, truth),
        {
            "position": position,
            "number": frame.number,
            "name": frame.name,
            "stamp": scan.stamp,
            "counts": counts,
            "iou": iou,
            "mean": mean,
            "stages": stages,
            "first": first,
            "boxes": _boxes(boxes or (), class_map),
            "found": _boxes(found.boxes, class_map),
            "azimuths": [sensor.azimuth_left, sensor.azimuth_right],
            "height": sensor.height,
            "confident": result.confidence is not None,
            "notice": notice,
        },
    )
    return EncodedFrame(data, position, summary=summary, matrix=matrix)


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


def _boxes(boxes: Iterable[Box], class_map: ClassMap) -> list[list[Any]]:
    return [box_list(box, class_map.class_of(box.kind)) for box in boxes]
