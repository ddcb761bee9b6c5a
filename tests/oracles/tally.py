"""Points by class, counted one by one."""

from __future__ import annotations

from collections import Counter


def tally(labels, confidence):
    """Points by label, unknown points."""
    points, unknown = Counter(), 0
    for label, certain in zip(labels.tolist(), confidence.tolist(), strict=True):
        points[label] += 1
        unknown += label == 255 and certain > 0
    return points, unknown
