"""An evaluator of its own, point by point, in the manner of semantic-kitti-api's np_ioueval."""

from __future__ import annotations

import numpy as np


class IoUEvaluator:
    """Counts pairs of (label, truth), leaving out pairs in which either is `ignore`."""

    def __init__(self, classes=4, ignore=255, edges=(15.0, 30.0)):
        self.classes, self.ignore, self.edges = classes, ignore, edges
        self.counts = np.zeros((len(edges) + 1, classes, classes), int)
        self.ignored = self.points = 0

    def add(self, truth, labels, xyz):
        for t, label, (x, y, z) in zip(truth.tolist(), labels.tolist(), xyz.tolist(), strict=True):
            self.points += 1
            if self.ignore in (t, label):
                self.ignored += 1
                continue
            distance = (x * x + y * y + z * z) ** 0.5
            self.counts[sum(distance >= edge for edge in self.edges), label, t] += 1

    def scores(self, counts=None):
        """IoU, precision and recall of each class, None where undefined."""
        counts = self.counts.sum(axis=0) if counts is None else counts
        hits = counts.diagonal()
        wrong, missed = counts.sum(axis=1) - hits, counts.sum(axis=0) - hits

        def share(whole, known):
            numbers = zip(hits.tolist(), whole.tolist(), known.tolist(), strict=True)
            return [h / w if k else None for h, w, k in numbers]

        given, true = hits + wrong, hits + missed
        return share(hits + wrong + missed, true), share(given, given), share(true, true)
