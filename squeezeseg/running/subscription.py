"""Labelled scans of a live stream, each reader's in a queue of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from data.scan import Scan
from data.segmentation import Segmentation
from projection import InputError
from squeezeseg.tracking.followed import Followed

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class StreamFrame:
    """A labelled scan.

    number: of the labelled scans, from 0.
    arrived, done: time.monotonic() when the scan was complete, and when its labels were.
    followed: the tracks that it shows; None where objects aren't followed. Where they are, the objects' numbers are
        those of their tracks.
    """

    number: int
    scan: Scan
    result: Segmentation
    arrived: float
    done: float
    followed: tuple[Followed, ...] | None = None

    @property
    def latency(self) -> float:
        """Seconds from the scan's last packet to its labels."""
        return self.done - self.arrived


class Subscription(Generic[T]):
    """One reader's own queue of frames: its oldest goes when the queue is full. Made by `Stream.subscribe`.

    T: what is in it, such as `StreamFrame`.

    Raises:
        InputError: a depth below 1.

    Example:
        >>> with stream.subscribe() as frames:
        ...     for frame in frames:
        ...         show(frame.scan, frame.result)
    """

    def __init__(self, name: str, depth: int, keep_all: bool, change: threading.Condition) -> None:
        if depth < 1:
            raise InputError(f"depth {depth}: must be 1 or more")
        self.name = name
        self.dropped = 0
        self._depth = depth
        self._keep_all = keep_all
        self._change = change
        self._frames: deque[T] = deque()
        self._closed = False

    @property
    def ended(self) -> bool:
        """True if there is, and will be, no further frame."""
        return self._closed and not self._frames

    def get(self, timeout: float | None = None) -> T | None:
        """The next frame; None when `timeout` seconds are over or no more will come (see `ended`)."""
        with self._change:
            self._change.wait_for(lambda: self._frames or self._closed, timeout)
            if not self._frames:
                return None
            self._change.notify_all()
            return self._frames.popleft()

    def __iter__(self) -> Iterator[T]:
        while (frame := self.get()) is not None:
            yield frame

    def close(self) -> None:
        """Unsubscribe: no frames come after this. Those that are waiting can still be taken."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, frame: T) -> None:
        """Add a frame. For the stream alone, with the lock held."""
        if self._keep_all:
            self._change.wait_for(lambda: self._closed or len(self._frames) < self._depth)
        if self._closed:
            return
        if len(self._frames) == self._depth:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
