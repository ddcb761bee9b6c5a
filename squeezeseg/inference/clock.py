"""Stage times of the pipeline."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

KEPT = 10_000
"""Entries of a stage that a clock keeps, the latest: a live stream runs for days."""


class StageClock:
    """Times of named stages, one entry a scan, in milliseconds. Several threads may share one.

    Example:
        with clock("project"):
            image = project(points, sensor)
    """

    def __init__(self) -> None:
        self.times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the block as one entry of `stage`."""
        start = time.perf_counter()
        yield
        taken = (time.perf_counter() - start) * 1e3
        with self._lock:
            self.times.setdefault(stage, deque(maxlen=KEPT)).append(taken)

    def take(self) -> dict[str, list[float]]:
        """The times by stage, which are forgotten here: for another clock."""
        with self._lock:
            times, self.times = self.times, {}
        return {stage: list(entries) for stage, entries in times.items()}

    def add(self, times: Mapping[str, Iterable[float]]) -> None:
        """Add what another clock gave."""
        with self._lock:
            for stage, entries in times.items():
                self.times.setdefault(stage, deque(maxlen=KEPT)).extend(entries)

    def entries(self, warm_up: int = 0) -> dict[str, list[float]]:
        """The times by stage, without the first `warm_up` entries where there are more."""
        with self._lock:
            times = {stage: list(entries) for stage, entries in self.times.items()}
        return {stage: entries[warm_up:] or entries for stage, entries in times.items()}

    def summary(self, warm_up: int = 1) -> dict[str, dict[str, float]]:
        """Percentiles by stage, see `percentiles`, of `entries`."""
        return {stage: percentiles(times) for stage, times in self.entries(warm_up).items()}


def percentiles(times: list[float]) -> dict[str, float]:
    """p50, p95 and p99 of times in milliseconds."""
    p50, p95, p99 = np.percentile(times, (50, 95, 99))
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3), "p99": round(float(p99), 3)}
