"""How long each stage of the pipeline takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


class StageClock:
    """Times of named stages, one entry a scan, in milliseconds.

    Example:
        with clock("project"):
            image = project(points, sensor)
    """

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the block as one entry of `stage`."""
        start = time.perf_counter()
        yield
        self.times.setdefault(stage, []).append((time.perf_counter() - start) * 1e3)

    def summary(self, warm_up: int = 1) -> dict[str, dict[str, float]]:
        """p50, p95 and p99 in ms by stage, without the first `warm_up` entries where there are more."""
        table = {}
        for stage, times in self.times.items():
            kept = times[warm_up:] or times
            p50, p95, p99 = np.percentile(kept, (50, 95, 99))
            table[stage] = {"p50": round(float(p50), 3), "p95": round(float(p95), 3), "p99": round(float(p99), 3)}
        return table


class Pace:
    """Frames per second of a stream, over the n - 1 intervals between its n frames.

    The time before the first frame is done, in which kernels are compiled, doesn't count.
    """

    def __init__(self) -> None:
        self._first = self._last = self._lost = 0.0
        self.frames = 0

    def tick(self) -> None:
        """Another frame is done."""
        self._last = time.perf_counter() - self._lost
        self._first = self._last if self.frames == 0 else self._first
        self.frames += 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time that the block takes out of the count."""
        start = time.perf_counter()
        yield
        self._lost += time.perf_counter() - start

    @property
    def fps(self) -> float | None:
        """Frames per second, None before the second frame."""
        return (self.frames - 1) / (self._last - self._first) if self.frames > 1 else None
