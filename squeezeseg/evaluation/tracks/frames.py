"""True and predicted objects of a frame, as scores of tracks see them: numbers, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FAR = 1e6
"""Metres that stand for a pair that can't be one object."""


@dataclass(frozen=True, eq=False)
class TrackFrame:
    """The objects of one class in one frame; T true ones and P predicted ones.

    true: (T,) int64, the true tracks' numbers. given: (P,) int64, the predicted tracks'. Each occurs once in a frame.
    away: (T, P) float64, metres between them.
    """

    true: NDArray[np.int64]
    given: NDArray[np.int64]
    away: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.away.shape != (len(self.true), len(self.given)):
            raise ValueError(f"expected distances {(len(self.true), len(self.given))}, got {self.away.shape}")


def numbered(frames: Sequence[TrackFrame]) -> tuple[list[TrackFrame], int, int]:
    """The same with numbers from 0 on, so that they are places in arrays; and how many tracks there are, true and not.

    Example:
        >>> frames, true_tracks, given_tracks = numbered(frames)
    """
    true, given = (
        np.unique(np.concatenate([np.zeros(0, np.int64), *(getattr(one, side) for one in frames)]))
        for side in ("true", "given")
    )
    places = [
        TrackFrame(np.searchsorted(true, one.true), np.searchsorted(given, one.given), one.away) for one in frames
    ]
    return places, len(true), len(given)
