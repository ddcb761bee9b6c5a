"""Frames per second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


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
