"""Which true and predicted boxes of a frame are scored: what nobody can see, and what nobody labelled, is left out.

As KITTI's and MOTChallenge's evaluators leave out regions that they don't care for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from data.boxes import Box
from data.labels import CAR, CYCLIST, IGNORE, PEDESTRIAN, ClassMap
from squeezeseg.evaluation.tracks.frames import FAR, TrackFrame

REACH = {CAR: 2.0, PEDESTRIAN: 1.0, CYCLIST: 1.0}
"""Metres between the middles, seen from above, up to which two boxes may be one object.

Distance, because a person's box is so small that one 0.2 m beside it has an overlap (IoU) of a half: that would score
boxes. Tracks are scored so on nuScenes and MOTChallenge 3D, too.
"""
FARTHEST = 50.0
"""Metres from the sensor up to which objects are scored."""
MIN_POINTS = 10
"""Points from which on a true object is scored, as in the scores by object."""
AROUND = 2.0
"""Metres around a box whose points say whether anybody labelled there."""


@dataclass(frozen=True, eq=False)
class TrackTruth:
    """A frame's true boxes, with what of them can be seen.

    boxes: T of them, `track` telling which object one is. seen: (T,) int64, scored points in each.
    points: (N, 4) float32, the scan's. scored: (N,) bool, points whose truth is known; None: everywhere.
    """

    boxes: tuple[Box, ...]
    seen: NDArray[np.int64]
    points: NDArray[np.float32]
    scored: NDArray[np.bool_] | None = None

    def labelled_at(self, box: Box) -> bool:
        """True if anybody would have labelled an object there."""
        if self.scored is None:
            return True
        near = np.hypot(*(self.points[:, axis] - box.centre[axis] for axis in range(2))) < AROUND
        return bool(near.any() and self.scored[near].mean() > 0.5)


def track_frame(class_id: int, truth: TrackTruth, given: Sequence[Box], class_map: ClassMap) -> TrackFrame:
    """The objects of a class that are scored.

    True ones that are too far away, of which too few points are seen, or of a kind that the class map ignores are left
    out, with the predicted ones that are nearest to them; so are other predicted ones where nobody labelled anything.

    given: predicted boxes of the class, `track` telling which object one is.
    """
    kinds = np.array([class_map.class_of(box.kind) for box in truth.boxes], np.int64)
    at, given_at = _middles(truth.boxes), _middles(given)
    scored = (kinds == class_id) & (truth.seen >= MIN_POINTS) & (np.hypot(*at.T) < FARTHEST)
    may_be = np.flatnonzero((kinds == class_id) | (kinds == IGNORE))
    away = np.hypot(*(at[may_be, None] - given_at).transpose(2, 0, 1))
    costs = np.where(away <= REACH[class_id], away, FAR)
    partner = {int(k): int(may_be[i]) for i, k in zip(*linear_sum_assignment(costs), strict=True) if costs[i, k] < FAR}
    stays = np.array(
        [
            scored[partner[k]] if k in partner else np.hypot(*box.centre[:2]) < FARTHEST and truth.labelled_at(box)
            for k, box in enumerate(given)
        ],
        np.bool_,
    )
    return TrackFrame(
        np.array([box.track for box in truth.boxes], np.int64)[scored],
        np.array([box.track for box in given], np.int64)[stays],
        np.hypot(*(at[scored][:, None] - given_at[stays]).transpose(2, 0, 1)),
    )


def _middles(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(B, 2): x and y."""
    return np.array([box.centre[:2] for box in boxes], np.float64).reshape(-1, 2)
