"""All that `squeezeseg eval` finds out, gathered frame by frame: nothing of a scan is kept but counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, IGNORE, OBJECTS
from data.segmentation import Segmentation
from squeezeseg.evaluation.bootstrap import LEVEL, RESAMPLES, Resampling
from squeezeseg.evaluation.borders import WITHIN, border_pixels
from squeezeseg.evaluation.instances import MIN_POINTS, Count, connected, count_objects
from squeezeseg.evaluation.labelled_frames import LabelledFrame, point_distance
from squeezeseg.evaluation.metrics import (
    DISTANCE_EDGES,
    Confusion,
    Evaluation,
    count_pairs,
    distance_names,
    iou,
    mean_iou,
)
from squeezeseg.evaluation.reliability import Reliability

Per = Literal["point", "pixel"]
ZONES = len(DISTANCE_EDGES) + 1


@dataclass(frozen=True, eq=False)
class FrameCounts:
    """The counts that are kept of a frame.

    name, number: of the frame. recording: the drive that it is from.
    cells: (ZONES, 2, C, C) int64, confusion by distance, and inside of objects or at borders.
    objects: (C - 1, ZONES, 6) int64, see `instances.Count`.
    """

    name: str
    number: int
    recording: str
    cells: NDArray[np.int64]
    objects: NDArray[np.int64]

    @property
    def confusion(self) -> Confusion:
        """Of the whole frame."""
        return Confusion(self.cells.sum((0, 1)))


class Study:
    """Scores of a run by distance, at borders, by object and by confidence, with intervals.

    per: "point", or "pixel" for the points alone that are seen in the range image, as SqueezeSeg's paper scores.
    seed: of the bootstrap.
    """

    def __init__(self, classes: tuple[str, ...] = CLASSES, *, per: Per = "point", seed: int = 0) -> None:
        self.classes, self.per, self.seed = classes, per, seed
        self.evaluation = Evaluation(classes)
        self.reliability: Reliability | None = Reliability(classes)
        self.frames: list[FrameCounts] = []
        self.in_view = self.unknown = 0
        self.truth_from: Counter[str] = Counter()
        self.labels_from: Counter[str] = Counter()

    def add(
        self,
        item: LabelledFrame,
        result: Segmentation,
        *,
        recording: str = "",
        objects: NDArray[np.int32] | None = None,
    ) -> None:
        """Count one frame. objects: (N,) those of the truth, from 1; None takes what hangs together."""
        image, truth, labels = result.image, item.truth, result.labels
        border = border_pixels(image.of_pixels(truth, IGNORE), wrap=image.sensor.full_turn)
        self.truth_from["connected" if objects is None else "given"] += 1
        self.labels_from["connected" if result.instances is None else "given"] += 1
        columns: dict[str, NDArray[Any]] = {
            "truth": truth,
            "labels": labels,
            "distance": point_distance(item.scan.points),
            "border": (border.ravel()[np.maximum(image.pixel, 0)] & (image.pixel >= 0)).astype(np.int64),
            "viewed": image.pixel >= 0,
            "truth_ids": connected(image, truth) if objects is None else objects,
            "label_ids": connected(image, labels) if result.instances is None else result.instances,
        }
        if result.confidence is not None:
            columns["confidence"] = result.confidence
        if self.per == "pixel":
            seen = np.sort(image.index[image.mask])
            columns = {name: values[seen] for name, values in columns.items()}
        self.evaluation.add(columns["truth"], columns["labels"], columns["distance"])
        viewed = columns["viewed"] & (columns["truth"] != IGNORE)
        self.in_view += int(viewed.sum())
        self.unknown += int((viewed & (columns["labels"] == IGNORE)).sum())
        self._count(item, recording, columns)

    def merge(self, other: Study) -> None:
        """Count the frames of another, after one's own: then it is as if they had all been added here."""
        self.evaluation.merge(other.evaluation)
        if other.reliability is None:
            self.reliability = None
        elif self.reliability is not None:
            self.reliability.merge(other.reliability)
        self.frames += other.frames
        self.in_view += other.in_view
        self.unknown += other.unknown
        self.truth_from += other.truth_from
        self.labels_from += other.labels_from

    def _count(self, item: LabelledFrame, recording: str, columns: dict[str, NDArray[Any]]) -> None:
        scored = (columns["truth"] != IGNORE) & (columns["labels"] != IGNORE)
        columns = {name: values[scored] for name, values in columns.items()}
        truth, labels, distance = columns["truth"], columns["labels"], columns["distance"]
        size = len(self.classes)
        group = np.digitize(distance, DISTANCE_EDGES) * 2 + columns["border"]
        cells = count_pairs(truth, labels, group, ZONES * 2, size).reshape(ZONES, 2, size, size)
        objects = count_objects(
            truth, labels, columns["truth_ids"], columns["label_ids"], distance, DISTANCE_EDGES, size
        )
        self.frames.append(FrameCounts(item.frame.name, item.frame.number, recording, cells, objects))
        if "confidence" not in columns:
            self.reliability = None
        if self.reliability is not None:
            self.reliability.add(truth, labels, columns["confidence"], columns["label_ids"])

    @cached_property
    def _resampling(self) -> Resampling:
        return Resampling.plan([f.recording for f in self.frames], [f.number for f in self.frames], seed=self.seed)

    def losses(self) -> NDArray[np.float64]:
        """(F,): how much of the mean IoU each frame costs, that is its wrong points by the union of their classes.

        Classes without a true point in any frame have no IoU, and cost nothing.
        """
        matrices = np.array([frame.cells.sum((0, 1)) for frame in self.frames])
        hits = np.einsum("fkk->fk", matrices)
        unions = (matrices.sum(1) + matrices.sum(2) - hits)[:, OBJECTS]
        wrong, whole = unions - hits[:, OBJECTS], unions.sum(0)
        occur = matrices.sum((0, 2))[OBJECTS] > 0
        return np.asarray((wrong[:, occur] / whole[occur]).sum(1) / max(occur.sum(), 1), np.float64)

    def ranked(self, count: int) -> list[tuple[FrameCounts, float]]:
        """The frames that cost most of the mean IoU, the worst first, with their loss; none without an error."""
        losses = self.losses() if self.frames else np.zeros(0)
        return [(self.frames[k], float(losses[k])) for k in np.argsort(-losses, kind="stable")[:count] if losses[k] > 0]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; fractions of 1, None where nothing truly is. To the keys of `Evaluation.as_dict` come:

        per: "point" or "pixel".
        unknown: share of the points in view that have truth and no label; no score counts them.
        intervals: lower and upper ends of iou, mean_iou, by_distance and detection_rate; level, resamples, and the
            unit that was drawn and how many there are.
        points_by_distance: true points that each score of by_distance rests on.
        borders: iou and truth_points at the border of objects, within_pixels, and in the interior.
        objects: by class, and there by_distance: truth, detected, detection_rate, predicted, false, precision and
            recall, see `instances.Count`; min_points; truth_from and predicted_from, "given" or "connected".
        reliability: see `Reliability.as_dict`; coverage: see `Reliability.coverage`; None without confidence.
        worst_frames: at most ten, with the loss of each, see `losses`.
        """
        total = sum((f.cells for f in self.frames), np.zeros((ZONES, 2, *2 * (len(self.classes),)), np.int64))
        zones = dict(zip(distance_names(), total.sum(1), strict=True))
        calibration = self.reliability if self.frames else None
        return self.evaluation.as_dict() | {
            "per": self.per,
            "unknown": round(self.unknown / self.in_view, 6) if self.in_view else None,
            "intervals": self._intervals(),
            "points_by_distance": {name: self._named(m.sum(1)[OBJECTS]) for name, m in zones.items()},
            "borders": {
                "within_pixels": WITHIN,
                **{
                    name: {"iou": self._named(iou(m)[OBJECTS]), "truth_points": self._named(m.sum(1)[OBJECTS])}
                    for name, m in (("border", total[:, 1].sum(0)), ("interior", total[:, 0].sum(0)))
                },
            },
            "objects": self._objects(),
            "reliability": None if calibration is None else calibration.as_dict(),
            "coverage": None if calibration is None else calibration.coverage(),
            "worst_frames": [self.frame_dict(frame, loss) for frame, loss in self.ranked(10)],
        }

    def frame_dict(self, frame: FrameCounts, loss: float) -> dict[str, Any]:
        """The errors of a frame, for JSON."""
        matrix = frame.confusion.matrix
        hits = np.diag(matrix)
        return {
            "name": frame.name,
            "loss": round(loss, 6),
            "iou": self._named(frame.confusion.iou[OBJECTS]),
            "truth_points": self._named(matrix.sum(1)[OBJECTS]),
            "false_points": self._named((matrix.sum(0) - hits)[OBJECTS]),
            "missed_points": self._named((matrix.sum(1) - hits)[OBJECTS]),
        }

    def _intervals(self) -> dict[str, Any]:
        plan, names = self._resampling, distance_names()
        size = len(self.classes)
        cells = np.array([f.cells for f in self.frames]).reshape(-1, ZONES, 2, size, size)
        objects = np.array([f.objects for f in self.frames]).reshape(-1, size - 1, ZONES, len(Count._fields))

        def named(counts: NDArray[np.int64], score: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Any:
            return dict(zip(self.classes[OBJECTS], _ends(plan.interval(counts, score)), strict=True))

        mean = plan.interval(cells.sum((1, 2)), lambda m: mean_iou(m)[..., None])
        return {
            "level": LEVEL,
            "resamples": RESAMPLES,
            "unit": plan.unit,
            "units": plan.units,
            "iou": named(cells.sum((1, 2)), lambda m: iou(m)[..., OBJECTS]),
            "mean_iou": _ends(mean)[0],
            "by_distance": {
                name: named(cells[:, k].sum(1), lambda m: iou(m)[..., OBJECTS]) for k, name in enumerate(names)
            },
            "detection_rate": named(objects.sum(2), lambda n: _rate(n[..., 1], n[..., 0])),
        }

    def _objects(self) -> dict[str, Any]:
        size = len(self.classes)
        total = sum((f.objects for f in self.frames), np.zeros((size - 1, ZONES, len(Count._fields)), np.int64))
        result: dict[str, Any] = {
            "min_points": MIN_POINTS,
            "truth_from": _origin(self.truth_from),
            "predicted_from": _origin(self.labels_from),
        }
        for k, name in enumerate(self.classes[OBJECTS]):
            result[name] = _object_scores(total[k].sum(0)) | {
                "by_distance": {zone: _object_scores(total[k, z]) for z, zone in enumerate(distance_names())}
            }
        return result

    def _named(self, values: NDArray[Any]) -> dict[str, Any]:
        """Of the classes but the background: counts as they are, fractions rounded."""
        pairs = zip(self.classes[OBJECTS], values.tolist(), strict=True)
        return {name: v if isinstance(v, int) else round(v, 6) if np.isfinite(v) else None for name, v in pairs}


def _object_scores(counts: NDArray[np.int64]) -> dict[str, Any]:
    n = Count(*(int(value) for value in counts))
    return {
        "truth": n.truth,
        "detected": n.detected,
        "detection_rate": _share(n.detected, n.truth),
        "predicted": n.predicted,
        "false": n.false,
        "precision": _share(n.matched, n.matched + n.unmatched),
        "recall": _share(n.matched, n.truth),
    }


def _rate(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    rate: NDArray[np.float64] = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return rate


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _ends(interval: NDArray[np.float64]) -> list[list[float] | None]:
    """(2, S) -> for each score its two ends, None where they aren't known."""
    return [[round(low, 6), round(high, 6)] if np.isfinite(low) else None for low, high in interval.T.tolist()]


def _origin(frames: Counter[str]) -> str | None:
    """'given', 'connected', or both."""
    names: Sequence[str] = sorted(frames)
    return " and ".join(names) or None
