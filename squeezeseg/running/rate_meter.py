"""Rate meter: frames per second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class RateMeter:
    """Frames per second, over the n - 1 intervals between n frames.

    The time before frame number `warm_up` is done, in which kernels are compiled, doesn't count, nor do the frames
    until then. Where several lanes work side by side, so many frames are begun before the first is done: count from
    there, or they come for free.

    warm_up: frames, the one that is counted from included. last: only so many frames count, the latest; None for all.
    window: only the frames of so many last seconds count; None for all.

    Example:
        >>> meter = RateMeter()
        >>> for frame in frames:
        ...     show(frame)
        ...     meter.tick()
        >>> meter.fps
    """

    def __init__(self, warm_up: int = 1, *, last: int | None = None, window: float | None = None) -> None:
        self.warm_up = warm_up
        self.frames = 0
        self._all = last is None and window is None
        self._window = window
        self._times: deque[float] = deque(maxlen=last)  # where all count, of the first and the last alone
        self._paused = 0.0

    def tick(self, now: float | None = None) -> None:
        """Count a frame. now: seconds of any clock, the same one each time; by default of `time.perf_counter`."""
        now = (time.perf_counter() if now is None else now) - self._paused
        if self.frames < self.warm_up:
            self._times.clear()
        elif self._all and len(self._times) > 1:
            self._times.pop()
        self._times.append(now)
        self.frames += 1
        self._forget(now)

    def restart(self) -> None:
        """Forget all frames: none was due for a while."""
        self._times.clear()
        self.frames = 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time that the block takes out of the count."""
        start = time.perf_counter()
        yield
        self._paused += time.perf_counter() - start

    @property
    def counted(self) -> int:
        """Intervals that count."""
        return max(self.frames - self.warm_up if self._all else len(self._times) - 1, 0)

    @property
    def seconds(self) -> float:
        """Length of these intervals, all together."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    @property
    def fps(self) -> float | None:
        """Frames per second, None before there is an interval."""
        return self.counted / self.seconds if self.counted and self.seconds > 0 else None

    def fps_at(self, now: float) -> float | None:
        """Frames per second in the window that ends now, None of less than two frames."""
        self._forget(now - self._paused)
        return self.fps

    def _forget(self, now: float) -> None:
        while self._window is not None and self._times and now - self._times[0] > self._window:
            self._times.popleft()
