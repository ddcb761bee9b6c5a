"""Points and objects by class, counted one by one."""

from __future__ import annotations

from collections import Counter


def tally(labels, confidence, instances):
    """Points by label, objects by the label of their first point, unknown points."""
    points, objects, met, unknown = Counter(), Counter(), set(), 0
    for label, certain, instance in zip(labels.tolist(), confidence.tolist(), instances.tolist(), strict=True):
        points[label] += 1
        unknown += label == 255 and certain > 0
        if instance and instance not in met:
            met.add(instance)
            objects[label] += 1
    return points, objects, unknown
