"""Bootstrap intervals: how far a score would move with other recordings of the same kind.

Frames that follow each other show the same street, so single frames are no independent samples: whole drives are drawn
where there are enough of them, else blocks of consecutive frames (Künsch, The jackknife and the bootstrap for general
stationary observations, 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 1000
SEVERAL = 5
"""From so many drives on whole drives are drawn: fewer give hardly any different samples."""
BLOCK = 50
"""Frames that a block spans at most, 5 seconds: by then another part of the street is seen."""
BLOCKS = 10
"""There should be so many blocks at least, so short recordings have shorter ones."""

Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Counts (..., K) of a run -> scores (..., S), NaN where nothing occurs."""


@dataclass(frozen=True, eq=False)
class Resampling:
    """A plan of resampling: frames that are drawn together, and how often each draw takes them.

    unit: what is drawn, in words.
    member: (F,) int, the unit of each frame.
    drawn: (R, U) int, how often each of R resamples takes each of U units; each takes U in all.
    """

    unit: str
    member: NDArray[np.int64]
    drawn: NDArray[np.int64]

    @classmethod
    def plan(
        cls, recordings: Sequence[str], numbers: Sequence[int], *, seed: int = 0, resamples: int = RESAMPLES
    ) -> Resampling:
        """For frames of these recordings, with these numbers in them."""
        drives = {name: k for k, name in enumerate(dict.fromkeys(recordings))}
        if len(drives) >= SEVERAL:
            unit, member = "drives", [drives[name] for name in recordings]
        else:
            unit, member = _blocks(recordings, numbers)
        count = 1 + max(member, default=-1)
        rng = np.random.default_rng(seed)
        even = np.full(count, 1 / max(count, 1))
        drawn = rng.multinomial(count, even, resamples) if count else np.zeros((resamples, 0), np.int64)
        return cls(unit, np.asarray(member, np.int64), drawn)

    @property
    def units(self) -> int:
        """U, how many there are to draw from."""
        return int(self.drawn.shape[1])

    def interval(self, counts: NDArray[Any], score: Score) -> NDArray[np.float64]:
        """The lower and upper ends (2, S) of a score of the whole run.

        counts: (F, K) of each frame. NaN without two units, or where the score is never defined.
        """
        sums = np.zeros((self.units, *counts.shape[1:]))
        np.add.at(sums, self.member, counts)
        scores = score(np.tensordot(self.drawn.astype(np.float64), sums, 1))
        ends = np.full((2, *scores.shape[1:]), np.nan)
        known = np.isfinite(scores).any(axis=0)
        if self.units > 1 and known.any():
            tail = 100 * (1 - LEVEL) / 2
            ends[:, known] = np.nanpercentile(scores[:, known], (tail, 100 - tail), axis=0)
        return ends


def _blocks(recordings: Sequence[str], numbers: Sequence[int]) -> tuple[str, list[int]]:
    """The name of a unit, and the unit of each frame."""
    spans: dict[str, tuple[int, int]] = {}
    for name, number in zip(recordings, numbers, strict=True):
        first, last = spans.get(name, (number, number))
        spans[name] = min(first, number), max(last, number)
    extent = sum(last - first + 1 for first, last in spans.values())
    length = max(1, min(BLOCK, extent // BLOCKS))
    cells = [(name, (number - spans[name][0]) // length) for name, number in zip(recordings, numbers, strict=True)]
    units = {cell: k for k, cell in enumerate(dict.fromkeys(cells))}
    alone = len(units) == len(cells)
    return "frames" if alone else f"blocks of up to {length} consecutive frames", [units[cell] for cell in cells]
