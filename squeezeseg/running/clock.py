"""How long each stage of the pipeline takes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
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


class Pace:
    """Frames per second of a stream, over the intervals between its frames.

    The time before frame number `warm_up` is done, in which kernels are compiled, doesn't count, nor do the frames
    until then. Where several lanes work side by side, so many frames are begun before the first is done: count from
    there, or they come for free.
    """

    def __init__(self, warm_up: int = 1) -> None:
        self.warm_up = warm_up
        self._first = self._last = self._lost = 0.0
        self.frames = 0

    def tick(self) -> None:
        """Another frame is done."""
        self._last = time.perf_counter() - self._lost
        self._first = self._last if self.frames < self.warm_up else self._first
        self.frames += 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time that the block takes out of the count."""
        start = time.perf_counter()
        yield
        self._lost += time.perf_counter() - start

    @property
    def counted(self) -> int:
        """How many intervals have been counted."""
        return max(self.frames - self.warm_up, 0)

    @property
    def seconds(self) -> float:
        """How long these intervals were, all together."""
        return self._last - self._first

    @property
    def fps(self) -> float | None:
        """Frames per second, None before there is an interval."""
        return self.counted / self.seconds if self.counted else None
