"""Reliability of confidence: of the points said to be right with 80 %, 80 % should be right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labels import OBJECTS
from squeezeseg.evaluation.metrics import iou

BINS = 10
"""Of the reliability plot, of equal width, as Guo et al., On calibration of modern neural networks, ICML 2017."""
FINE = 20
"""Parts of each of them, for the curve of what is left when the unsure is called unknown."""
DRAWS = 200
THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


class Reliability:
    """Confidence against truth, counted frame after frame.

    counts: (BINS * FINE, C, C) int64: points by confidence, true and given class.
    sums: (BINS, C) float64: summed confidence of the points with each given class.
    objects: of each class a list of arrays (G, 2) float64: points and mean confidence of the objects called so.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        size = len(classes)
        self.counts = np.zeros((BINS * FINE, size, size), np.int64)
        self.sums = np.zeros((BINS, size))
        self.objects: list[list[NDArray[np.float64]]] = [[] for _ in classes]

    def add(
        self,
        truth: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        confidence: NDArray[np.float32],
        objects: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        """Count points of a frame that are scored: all (N,), class ids and 0..1.

        objects: the predicted object of each point, from 1, 0 for none.
        """
        size = len(self.classes)
        fine = np.clip((confidence * (BINS * FINE)).astype(np.int64), 0, BINS * FINE - 1)
        cell = (fine * size + truth) * size + labels
        self.counts += np.bincount(cell, minlength=self.counts.size).reshape(self.counts.shape)
        given = (fine // FINE) * size + labels
        self.sums += np.bincount(given, confidence.astype(np.float64), self.sums.size).reshape(self.sums.shape)

        if objects is not None:
            for k in range(size)[OBJECTS]:
                own = (labels == k) & (objects != 0)
                _, member, points = np.unique(objects[own], return_inverse=True, return_counts=True)
                mean = np.bincount(member, confidence[own].astype(np.float64), len(points)) / points
                self.objects[k].append(np.stack([points, mean], axis=1))

    def merge(self, other: Reliability) -> None:
        """Count what another has counted, after one's own."""
        self.counts += other.counts
        self.sums += other.sums
        for own, more in zip(self.objects, other.objects, strict=True):
            own.extend(more)

    def by_chance(self, given: int) -> dict[str, Any]:
        """The calibration error that objects of this class would have if they were right as often as they claim.

        The points of an object are right or wrong together, so that few objects have an error by chance alone: what is
        measured says something only where it is well above.

        Returns:
            objects, how many there are; mean of the error, and what it exceeds once in 20 draws: None without objects.
        """
        found = self.objects[given]
        points, claim = np.concatenate(found).T if found else np.zeros((2, 0))
        if not len(points):
            return {"objects": 0, "mean": None, "once_in_20": None}
        bins = np.clip((claim * BINS).astype(np.int64), 0, BINS - 1)
        rng = np.random.default_rng(0)
        errors = [
            np.abs(np.bincount(bins, points * ((rng.random(len(claim)) < claim) - claim), BINS)).sum()
            for _ in range(DRAWS)
        ]
        mean, high = np.mean(errors) / points.sum(), np.percentile(errors, 95) / points.sum()
        return {"objects": len(points), "mean": round(float(mean), 6), "once_in_20": round(float(high), 6)}

    def curve(self, given: slice) -> dict[str, Any]:
        """Bins of the points that were given one of these classes, and their expected calibration error.

        Lists of BINS entries: points, accuracy and mean confidence, None where there is no point.
        """
        counts = self.counts.reshape(BINS, FINE, *self.counts.shape[1:]).sum(1)
        points = counts[:, :, given].sum((1, 2))
        hits = np.einsum("bkk->bk", counts)[:, given].sum(1)
        sums = self.sums[:, given].sum(1)
        total = int(points.sum())
        # Guo's equation 3: the gap between accuracy and confidence, weighted by the points.
        error = float(np.abs(hits - sums).sum() / total) if total else None
        return {
            "points": points.tolist(),
            "accuracy": _shares(hits, points),
            "confidence": _shares(sums, points),
            "ece": None if error is None else round(error, 6),
        }

    def coverage(self) -> list[dict[str, Any]]:
        """Coverage: what is left of the points, and how good it is, where a label below a confidence becomes unknown.

        objects: the share kept of the points that truly are an object's. iou: of the points that are kept.
        """
        tails = self.counts[::-1].cumsum(0)[::-1]
        everything = tails[0]
        rows = []
        for threshold in THRESHOLDS:
            kept = tails[min(round(threshold * BINS * FINE), BINS * FINE - 1)]
            hits = np.diag(kept)
            shares = iou(kept)[OBJECTS].tolist()
            rows.append(
                {
                    "below": threshold,
                    "kept": _share(kept.sum(), everything.sum()),
                    "objects_kept": _share(kept[OBJECTS].sum(), everything[OBJECTS].sum()),
                    "accuracy": _share(hits.sum(), kept.sum()),
                    "iou": {
                        name: round(share, 6) if np.isfinite(share) else None
                        for name, share in zip(self.classes[OBJECTS], shares, strict=True)
                    },
                }
            )
        return rows

    def as_dict(self) -> dict[str, Any]:
        """For JSON: over all points, over those called an object, and by the class that was given, see `curve`.

        Of classes of objects also by_chance, see there.
        """
        classes = {name: self.curve(slice(k, k + 1)) for k, name in enumerate(self.classes)}
        for k, name in list(enumerate(self.classes))[OBJECTS]:
            classes[name]["by_chance"] = self.by_chance(k)
        return {
            "edges": [round(k / BINS, 6) for k in range(BINS + 1)],
            "all": self.curve(slice(None)),
            "objects": self.curve(OBJECTS),
            "by_class": classes,
        }


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 6) if whole else None


def _shares(parts: NDArray[Any], wholes: NDArray[Any]) -> list[float | None]:
    return [_share(part, whole) for part, whole in zip(parts.tolist(), wholes.tolist(), strict=True)]
