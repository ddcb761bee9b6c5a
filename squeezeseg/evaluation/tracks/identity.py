"""IDF1: how many boxes have the right track, if each true track may have one.

Ristani, Solera, Zou, Cucchiara, Tomasi, Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking,
2016.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from squeezeseg.evaluation.tracks.frames import TrackFrame, numbered


def idf1(frames: Sequence[TrackFrame], reach: float) -> float | None:
    """Boxes of true tracks that the track assigned to them is near, twice, by all boxes, true and predicted.

    Tracks are assigned once for all frames, so that this becomes most. None where there is no box.

    reach: metres up to which two boxes may be one object.
    """
    frames, true_tracks, given_tracks = numbered(frames)
    together = np.zeros((true_tracks, given_tracks))
    for one in frames:
        together[np.ix_(one.true, one.given)] += one.away <= reach
    boxes = sum(len(one.true) + len(one.given) for one in frames)
    # To leave a track without a partner costs nothing but its boxes, so no pair is forced.
    return float(2 * together[linear_sum_assignment(-together)].sum() / boxes) if boxes else None
