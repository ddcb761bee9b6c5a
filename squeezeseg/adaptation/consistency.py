"""Self-consistency of labels: does a network say the same of scans that were mirrored, turned or thinned a little?

No label is needed. A network that knows a sensor's scans hardly changes its mind; one that guesses does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, IGNORE, OBJECT_CLASSES
from data.scan import Scan

Change = Callable[[Scan], tuple[Scan, NDArray[np.bool_]]]
"""Gives a changed scan and which points (N,) of the scan it still has."""
Labels = Callable[[Scan], NDArray[np.uint8]]

TURN = 3.0
"""Degrees about the vertical."""
DROPPED = 8
"""Of so many beams, one is dropped."""


@dataclass(frozen=True)
class Consistency:
    """How alike the labels of scans and of the same scans changed are.

    agreement: by the name of the change, IoU in 0..1 of each class between the two; None where neither has it.
    points: that had each class in the scans as they are.
    """

    agreement: dict[str, dict[str, float | None]]
    points: dict[str, int]

    def mean(self, name: str) -> float | None:
        """The mean over the changes, of a class."""
        found = [one[name] for one in self.agreement.values()]
        known = [value for value in found if value is not None]
        return sum(known) / len(known) if known else None


def mirrored(scan: Scan) -> tuple[Scan, NDArray[np.bool_]]:
    """Left and right changed."""
    points = scan.points.copy()
    points[:, 1] *= -1
    return replace(scan, points=points), np.ones(len(scan), np.bool_)


def turned(scan: Scan) -> tuple[Scan, NDArray[np.bool_]]:
    """Turned by a few degrees."""
    cos, sin = np.cos(np.radians(TURN)), np.sin(np.radians(TURN))
    points = scan.points.copy()
    points[:, 0] = cos * scan.points[:, 0] - sin * scan.points[:, 1]
    points[:, 1] = sin * scan.points[:, 0] + cos * scan.points[:, 1]
    return replace(scan, points=points), np.ones(len(scan), np.bool_)


def without_beams(scan: Scan) -> tuple[Scan, NDArray[np.bool_]]:
    """Without one of every few beams."""
    assert scan.ring is not None
    kept = scan.ring % DROPPED != DROPPED // 2
    return replace(scan, points=scan.points[kept], ring=scan.ring[kept]), kept


CHANGES: dict[str, Change] = {"mirrored": mirrored, "turned": turned, "without beams": without_beams}


def measure_consistency(
    scans: Sequence[Scan], labels: Labels, progress: Callable[[int], None] | None = None
) -> Consistency:
    """Label scans, whose beams are known, as they are and changed, and compare.

    labels: of a scan's points (N,). progress: told the scans done.
    """
    names = [CLASSES[k] for k in OBJECT_CLASSES]
    both = {change: np.zeros(len(CLASSES), np.int64) for change in CHANGES}
    either = {change: np.zeros(len(CLASSES), np.int64) for change in CHANGES}
    points = np.zeros(len(CLASSES), np.int64)
    for done, scan in enumerate(scans, start=1):
        before = labels(scan).copy()
        points += np.bincount(before[before != IGNORE], minlength=len(CLASSES))
        for name, change in CHANGES.items():
            changed, kept = change(scan)
            after, was = labels(changed), before[kept]
            for k in OBJECT_CLASSES:
                both[name][k] += np.count_nonzero((was == k) & (after == k))
                either[name][k] += np.count_nonzero((was == k) | (after == k))
        if progress is not None:
            progress(done)
    agreement = {
        name: {CLASSES[k]: float(both[name][k] / either[name][k]) if either[name][k] else None for k in OBJECT_CLASSES}
        for name in CHANGES
    }
    return Consistency(agreement, {name: int(points[CLASSES.index(name)]) for name in names})
