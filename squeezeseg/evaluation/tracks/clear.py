"""CLEAR MOT: objects missed, boxes of nothing and changes of number, frame after frame.

Bernardin and Stiefelhagen, Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics, 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from squeezeseg.evaluation.tracks.frames import FAR, TrackFrame


@dataclass(frozen=True)
class Clear:
    """Counts over all frames.

    true, given: boxes there are, and predicted ones. matched: of the former with one of the latter.
    away: metres between the matched ones, all together.
    switches: times that a true object is matched with another track than before.
    fragmentations: times that it is matched again after frames in which it was there and was not.
    """

    true: int
    given: int
    matched: int
    away: float
    switches: int
    fragmentations: int

    @property
    def missed(self) -> int:
        """True boxes without a partner."""
        return self.true - self.matched

    @property
    def false(self) -> int:
        """Predicted boxes without a partner."""
        return self.given - self.matched

    @property
    def mota(self) -> float | None:
        """1 less the missed, false and switched ones by the true ones: negative for many; None without a true one."""
        return 1 - (self.missed + self.false + self.switches) / self.true if self.true else None

    @property
    def motp(self) -> float | None:
        """Metres between matched ones, the mean; None without any."""
        return self.away / self.matched if self.matched else None


def clear(frames: Sequence[TrackFrame], reach: float) -> Clear:
    """Count over the frames of one class.

    An object stays with the track that it was matched with last, as long as that is within reach; the others are
    matched so that as many as possible are, as near as possible.

    reach: metres up to which two may be matched.
    """
    partner: dict[int, int] = {}
    lost: set[int] = set()
    switches = fragmentations = matched = 0
    away = 0.0
    for one in frames:
        pairs = _pairs(one, partner, reach)
        for row, column in pairs.items():
            number, track = int(one.true[row]), int(one.given[column])
            switches += partner.get(number, track) != track
            fragmentations += number in lost
            partner[number] = track
            away += float(one.away[row, column])
        matched += len(pairs)
        lost -= {int(one.true[row]) for row in pairs}
        lost |= {int(k) for row, k in enumerate(one.true) if row not in pairs} & partner.keys()
    true, given = sum(len(one.true) for one in frames), sum(len(one.given) for one in frames)
    return Clear(true, given, matched, away, switches, fragmentations)


def _pairs(one: TrackFrame, partner: dict[int, int], reach: float) -> dict[int, int]:
    """Rows of true objects with the columns of those they are matched with."""
    columns = {int(k): column for column, k in enumerate(one.given)}
    pairs: dict[int, int] = {}
    for row, number in enumerate(one.true.tolist()):
        column = columns.get(partner.get(number, -1), -1)
        if column >= 0 and one.away[row, column] <= reach and column not in pairs.values():
            pairs[row] = column
    rows = [row for row in range(len(one.true)) if row not in pairs]
    free = [column for column in range(len(one.given)) if column not in pairs.values()]
    costs = one.away[np.ix_(rows, free)]
    costs = np.where(costs <= reach, costs, FAR)
    for i, k in zip(*linear_sum_assignment(costs), strict=True):
        if costs[i, k] < FAR:
            pairs[rows[i]] = free[k]
    return pairs
