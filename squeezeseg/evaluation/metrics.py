"""Intersection over union, counted over points."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, IGNORE, OBJECTS

DISTANCE_EDGES = (15.0, 30.0)
"""Metres that divide the scores by distance: 0-15, 15-30, 30 and more."""


def distance_names() -> tuple[str, ...]:
    """'0-15', '15-30', '30+'."""
    edges = [f"{edge:g}" for edge in (0.0, *DISTANCE_EDGES)]
    return (*(f"{a}-{b}" for a, b in pairwise(edges)), f"{edges[-1]}+")


@dataclass(frozen=True, eq=False)
class Confusion:
    """A confusion matrix (C, C) of counted points: rows are the truth, columns what was predicted."""

    matrix: NDArray[np.int64]

    @property
    def iou(self) -> NDArray[np.float64]:
        """(C,) TP / (TP + FP + FN); NaN for a class without a true point."""
        return iou(self.matrix)

    @property
    def precision(self) -> NDArray[np.float64]:
        """(C,) TP / (TP + FP); NaN for a class that was never predicted."""
        return _ratio(np.diag(self.matrix), self.matrix.sum(0))

    @property
    def recall(self) -> NDArray[np.float64]:
        """(C,) TP / (TP + FN); NaN for a class that never occurs."""
        return _ratio(np.diag(self.matrix), self.matrix.sum(1))

    @property
    def mean_iou(self) -> float:
        """Mean IoU of the object classes (background left out) that have true points; NaN if none has."""
        return float(mean_iou(self.matrix))


def iou(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Confusion matrices (..., C, C) -> IoU (..., C); NaN for a class without a true point.

    With none there is nothing to find: the IoU would be 0 for a single false point, and 0 for a million of them.
    """
    hits, true = np.einsum("...kk->...k", matrix), matrix.sum(-1)
    union = true + matrix.sum(-2) - hits
    share: NDArray[np.float64] = np.divide(hits, union, out=np.full(hits.shape, np.nan), where=true > 0)
    return share


def mean_iou(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Confusion matrices (..., C, C) -> (...): `Confusion.mean_iou` of each."""
    values = iou(matrix)[..., OBJECTS]
    occurs = np.isfinite(values)
    known = occurs.sum(-1)
    total = np.where(occurs, values, 0).sum(-1)
    mean: NDArray[np.float64] = np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)
    return mean


def count_pairs(
    truth: NDArray[np.uint8], labels: NDArray[np.uint8], group: NDArray[np.integer[Any]], groups: int, classes: int
) -> NDArray[np.int64]:
    """Confusion matrices (groups, classes, classes) of points: all (N,), class ids, and the group of each point."""
    cell = (group * classes + truth) * classes + labels
    return np.bincount(cell, minlength=groups * classes**2).reshape(groups, classes, classes)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if np.isfinite(share) else "-"


@dataclass(repr=False)
class Evaluation:
    """Scores of a whole run: one confusion matrix over all points of all frames, and one per distance.

    Points whose truth or label is IGNORE are counted, in `unscored`, and not scored.
    """

    classes: tuple[str, ...] = CLASSES
    frames: int = 0
    points: int = 0
    unscored: int = 0
    matrices: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.matrices = np.zeros((len(DISTANCE_EDGES) + 1, len(self.classes), len(self.classes)), np.int64)

    def add(self, truth: NDArray[np.uint8], labels: NDArray[np.uint8], distance: NDArray[np.floating]) -> Confusion:
        """Count one frame and return its own confusion. All (N,); distance in metres from the sensor."""
        if not truth.shape == labels.shape == distance.shape:
            shapes = f"{truth.shape}, {labels.shape}, {distance.shape}"
            raise ValueError(f"expected truth, labels and distance of one length, got {shapes}")
        count = len(self.classes)
        scored = (truth != IGNORE) & (labels != IGNORE)
        if max(truth[scored].max(initial=0), labels[scored].max(initial=0)) >= count:
            raise ValueError(f"expected class ids below {count} or {IGNORE}")
        zone = np.digitize(distance[scored], DISTANCE_EDGES)
        frame = count_pairs(truth[scored], labels[scored], zone, len(self.matrices), count)
        self.matrices += frame
        self.frames += 1
        self.points += len(truth)
        self.unscored += int(len(truth) - scored.sum())
        return Confusion(frame.sum(0))

    def merge(self, other: Evaluation) -> None:
        """Count what another has counted as well."""
        self.matrices += other.matrices
        self.frames += other.frames
        self.points += other.points
        self.unscored += other.unscored

    @property
    def iou(self) -> dict[str, float]:
        """IoU of each object class by name, 0..1; NaN for a class that does not occur."""
        return dict(zip(self.classes[OBJECTS], self.confusion.iou[OBJECTS].tolist(), strict=True))

    @property
    def mean_iou(self) -> float:
        """See `Confusion.mean_iou`."""
        return self.confusion.mean_iou

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {_percent(value)}" for name, value in self.iou.items())
        frames = f"{self.frames} {'frame' if self.frames == 1 else 'frames'}"
        return f"Evaluation({frames}, mean IoU {_percent(self.mean_iou)} %: {scores})"

    def __str__(self) -> str:
        """A table: scores in per cent, '-' where there is none."""
        total = self.confusion
        rows = zip(self.classes, total.iou, total.precision, total.recall, total.matrix.sum(1), strict=True)
        lines = [
            f"{name:<12}{_percent(a):>7}{_percent(b):>11}{_percent(c):>8}{points:>13,}"
            for name, a, b, c, points in list(rows)[OBJECTS]
        ]
        return "\n".join([f"{'%':<12}{'IoU':>7}{'precision':>11}{'recall':>8}{'true points':>13}", *lines])

    @property
    def confusion(self) -> Confusion:
        """Of all frames, at all distances."""
        return Confusion(self.matrices.sum(0))

    @property
    def by_distance(self) -> dict[str, Confusion]:
        """Of all frames, by distance in metres: '0-15', '15-30', '30+'."""
        return {name: Confusion(matrix) for name, matrix in zip(distance_names(), self.matrices, strict=True)}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: fractions, null where a class has no true point. Background is in the confusion matrix only."""
        total = self.confusion

        def named(values: NDArray[np.float64]) -> dict[str, float | None]:
            pairs = zip(self.classes[OBJECTS], values[OBJECTS], strict=True)
            return {name: round(float(v), 6) if np.isfinite(v) else None for name, v in pairs}

        mean = total.mean_iou
        return {
            "frames": self.frames,
            "points": self.points,
            "unscored": round(self.unscored / self.points, 6) if self.points else None,
            "iou": named(total.iou),
            "mean_iou": round(mean, 6) if np.isfinite(mean) else None,
            "precision": named(total.precision),
            "recall": named(total.recall),
            "truth_points": {
                n: int(v) for n, v in zip(self.classes[OBJECTS], total.matrix.sum(1)[OBJECTS], strict=True)
            },
            "by_distance": {name: named(part.iou) for name, part in self.by_distance.items()},
            "confusion": {"classes": list(self.classes), "rows_are_truth": total.matrix.tolist()},
        }
