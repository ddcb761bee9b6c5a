"""Calls timed in turn, so that what disturbs the machine for a while disturbs them all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from squeezeseg.profiling.repeat import repeat

K = TypeVar("K", bound=Hashable)
_WARM_UP, _FEWEST = 2, 3
"""Calls of each round that don't count, and that count at the least."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds of single runs. best: the fastest, which other work on the machine disturbs least."""

    median: float
    p90: float
    best: float
    runs: int

    @classmethod
    def of(cls, times: list[float]) -> Latency:
        """Of the milliseconds of each run."""
        median, p90 = np.percentile(times, (50, 90))
        return cls(round(float(median), 3), round(float(p90), 3), round(min(times), 3), len(times))


def interleave(
    calls: Mapping[K, Callable[[], object]], seconds: float, rounds: int, progress: Callable[[int], None] | None = None
) -> dict[K, Latency]:
    """Time calls in rounds, every second one backwards: what disturbs the machine for a while disturbs them all.

    seconds: for each call, its rounds together. progress: told how many turns are done, of rounds * len(calls).
    """
    times: dict[K, list[float]] = {key: [] for key in calls}
    for number in range(rounds):
        order = list(calls)[:: 1 if number % 2 == 0 else -1]
        for turn, key in enumerate(order, start=1):
            times[key] += repeat(calls[key], seconds / rounds, warm_up=_WARM_UP, fewest=_FEWEST)
            if progress is not None:
                progress(number * len(calls) + turn)
    return {key: Latency.of(found) for key, found in times.items()}
