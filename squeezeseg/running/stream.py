"""Live segmentation: one thread reads scans, others label them, and the latest scan wins.

Each result is allocated anew, for subscribers may keep them. Nothing else grows: a scan that comes while all lanes are
busy takes the place of the one that waits, and a subscriber that is slow misses frames. Both are counted.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from data.live import LiveSource
from data.scan import Scan
from data.segmentation import Segmentation
from projection import InputError, Sensor
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.objects.boxes import Detection, detect
from squeezeseg.running.rate_meter import RateMeter
from squeezeseg.running.stream_facts import StreamFacts
from squeezeseg.running.subscription import StreamFrame, Subscription
from squeezeseg.tracking.followed import Followed
from squeezeseg.tracking.follower import Follower

__all__ = ["Stream", "StreamFacts", "StreamFrame", "Subscription"]

T = TypeVar("T")

_log = logging.getLogger(__name__)

RECENT_SCANS = 100
"""Scans that rates and latencies are taken over: ten seconds of a sensor that turns ten times a second."""


class Stream:
    """Labels a live source's scans as they come, for any number of subscribers.

    source: is closed with the stream.
    segmenter: or what makes one for the source's sensor, called as soon as that is known.
    frames: labelled scans after which the stream ends; None for no end.
    keep_all: whether the source waits for the segmenter, rather than scans being dropped. One that can waits for
        the first scan's labels in any case, while the network is loaded and kernels are compiled.
    lanes: scans that are labelled at once, each by a clone of the segmenter. Frames come out in order.
    follower: follows the objects from scan to scan; None where they aren't followed.

    Example:
        >>> with Stream(open_live("udp://0.0.0.0:2368"), Segmenter.load) as stream:
        ...     for frame in stream.subscribe():
        ...         print(frame.result.labels)
    """

    def __init__(
        self,
        source: LiveSource,
        segmenter: Segmenter | Callable[[Sensor], Segmenter],
        *,
        frames: int | None = None,
        keep_all: bool = False,
        lanes: int = 1,
        follower: Follower | None = None,
    ) -> None:
        if (frames is not None and frames < 1) or lanes < 1:
            raise InputError(f"frames {frames}, lanes {lanes}: must be 1 or more")
        self.source = source
        self._segmenter = segmenter
        self._limit = frames
        self._keep_all = keep_all
        self._lanes = lanes
        self._follower = follower
        self._followed: tuple[Followed, ...] | None = None
        self._change = threading.Condition()  # guards everything below
        self._waiting: deque[tuple[Any, float]] = deque()
        self._room = 1  # in it
        self._at_once = 1.0  # scans that a lane labels at once
        self._subscriptions: list[Subscription[Any]] = []
        self._of_scans: list[Subscription[StreamFrame]] = []
        self._drops: Counter[str] = Counter()
        self._scans = self._taken = self._turn = self._frames = self._pauses = 0
        self._loaded = self._read_out = self._stopping = self._ended = False
        self._loaded_at = math.inf
        self._error: Exception | None = None
        self._arrivals, self._finished = (RateMeter(last=RECENT_SCANS) for _ in range(2))
        self._latencies: deque[float] = deque(maxlen=RECENT_SCANS)
        self._efforts: deque[float] = deque(maxlen=RECENT_SCANS)
        self._threads: list[threading.Thread] = []

    def subscribe(
        self, depth: int = 1, *, name: str = "subscriber", keep_all: bool = False
    ) -> Subscription[StreamFrame]:
        """A new queue of at most `depth` frames, from the next one on.

        name: under which its drops are counted.
        keep_all: whether the stream waits for this subscriber rather than it missing frames. The source still
            drops scans then, unless the stream keeps all.
        """
        return self._subscribe(Subscription(name, depth, keep_all, self._change), self._of_scans)

    def _subscribe(self, subscription: Subscription[T], others: list[Subscription[T]]) -> Subscription[T]:
        with self._change:
            self._subscriptions.append(subscription)
            others.append(subscription)
            if self._ended:
                subscription.close()
        return subscription

    def facts(self) -> StreamFacts:
        """The state of the stream."""
        with self._change:
            drops = Counter(self._drops)
            for subscription in self._subscriptions:
                drops[subscription.name] += subscription.dropped
            p50, p99 = np.percentile(self._latencies, (50, 99)) * 1e3 if self._latencies else (None, None)
            return StreamFacts(
                state=self._state(),
                sensor_fps=self._arrivals.fps,
                compute_fps=self._lanes * self._at_once / float(np.mean(self._efforts)) if self._efforts else None,
                pipeline_fps=self._finished.fps,
                latency_p50=None if p50 is None else float(p50),
                latency_p99=None if p99 is None else float(p99),
                scans=self._scans,
                frames=self._frames,
                drops=dict(drops),
                packets=dict(self.source.counters),
            )

    @property
    def follows(self) -> bool:
        """True if objects are followed."""
        return self._follower is not None

    @property
    def followed(self) -> tuple[Followed, ...] | None:
        """The tracks that the newest scan shows; None where objects aren't followed, or none has been labelled."""
        return self._followed

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end: True if it comes within `timeout` seconds. Raises the error that ended it, if any."""
        with self._change:
            ended = self._change.wait_for(lambda: self._ended, timeout)
            if self._error is not None:
                raise self._error
        return ended

    def __enter__(self) -> Self:
        self._start(self._read, "squeezeseg reader")
        self._start(self._label, "squeezeseg lane 0")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None and self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Label no further scan. May be called from any thread; `close` waits for the stream's own."""
        with self._change:
            self._stopping = self._ended = True
            for subscription in self._subscriptions:
                subscription.close()
            self._change.notify_all()

    def close(self) -> None:
        """End the stream and close its source. What subscribers have waiting can still be taken."""
        self.stop()
        self.source.close()
        for thread in self._threads:
            thread.join()

    def _state(self) -> str:
        if self._error is not None:
            return "failed"
        if self._ended:
            return "ended"
        if self._scans and not self._loaded:
            return "loading the network"
        return self.source.status

    def _start(self, work: Callable[[], None], name: str) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # `wait` raises it where it can be handled
                self._error = self._error or error
                self.stop()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self) -> None:
        """The reader's thread. What it has read before an error is labelled still."""
        try:
            for part in self._parts():
                if not self._offer(part, time.monotonic()):
                    return
        except Exception as error:  # `wait` raises it where it can be handled
            self._error = error
        with self._change:
            self._read_out = True
            self._change.notify_all()

    def _parts(self) -> Iterator[Any]:
        """What is labelled at once."""
        return self.source.scans()

    def _ends_scan(self, part: Any) -> bool:
        """True if a scan is complete with what has come."""
        return True

    def _count_dropped(self) -> None:
        self._drops["segmenter" if self._loaded else "loading"] += 1

    def _offer(self, part: Any, arrived: float) -> bool:
        """Put a scan where the next free lane finds it. Whether another is wanted."""
        with self._change:
            if self.source.pauses != self._pauses:
                self._pauses = self.source.pauses
                self._arrivals.restart()
                self._finished.restart()
            if self._ends_scan(part):
                self._scans += 1
                self._arrivals.tick(arrived)
            if self._keep_all or (self.source.waits and not self._loaded):
                self._change.wait_for(
                    lambda: len(self._waiting) < self._room or self._stopping or (self._loaded and not self._keep_all)
                )
            if self._stopping:
                return False
            if self._make_room(part):
                self._waiting.append((part, arrived))
                self._change.notify_all()
            return True

    def _make_room(self, part: Any) -> bool:
        """Drop what waits for too long. Whether the part that has come is to wait. With the lock held."""
        if len(self._waiting) == self._room:
            self._waiting.popleft()
            self._count_dropped()
        return True

    def _take(self) -> tuple[int, Any, float] | None:
        """The scan that waits, with its turn; None when there will be none."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._read_out or self._stopping)
            if self._stopping or not self._waiting:
                return None
            part, arrived = self._waiting.popleft()
            turn, self._taken = self._taken, self._taken + 1
            self._change.notify_all()
            return turn, part, arrived

    def _label(self) -> None:
        """The first lane's thread: it starts the others."""
        segmenter = self._segmenter
        if not isinstance(segmenter, Segmenter):
            sensor = self.source.sensor or self._sensor_of_first()
            if sensor is None:
                self.stop()
                return
            segmenter = segmenter(sensor)
        clones = [segmenter.clone() for _ in range(self._lanes - 1)]
        for number, clone in enumerate(clones, start=1):
            self._start(lambda clone=clone: self._lane(clone), f"squeezeseg lane {number}")  # type: ignore[misc]
        self._lane(segmenter)

    def _sensor_of_first(self) -> Sensor | None:
        """The sensor, once the first scan is there; None when there will be none."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._read_out or self._stopping)
            return None if not self._waiting or self._stopping else self.source.sensor

    def _lane(self, segmenter: Segmenter) -> None:
        """Label scans until there are no more."""
        while (taken := self._take()) is not None:
            turn, scan, arrived = taken
            begun = time.monotonic()
            result = None
            objects: Sequence[Detection] = ()
            try:
                result = segmenter(scan)
            except InputError as error:
                self._refuse(scan, error)
            if result is not None and self._follower is not None:
                objects = detect(result)
            if not self._deliver(turn, scan, result, objects, arrived, begun):
                return
        self._finish()

    def _finish(self) -> None:
        """End the stream with the last lane."""
        with self._change:
            if self._turn == self._taken:
                self.stop()

    def _refuse(self, scan: Scan, error: InputError) -> None:
        with self._change:
            self._drops["refused"] += 1
            first = self._drops["refused"] == 1
        if first:
            _log.warning("scan %s: %s (skipped, as all further ones like it)", scan.name, error)

    def _deliver(
        self,
        turn: int,
        scan: Scan,
        result: Segmentation | None,
        objects: Sequence[Detection],
        arrived: float,
        begun: float,
    ) -> bool:
        """Hand a labelled scan to the subscribers when it is its turn. Whether another is wanted."""
        done = time.monotonic()
        with self._change:
            self._change.wait_for(lambda: self._turn == turn or self._stopping)
            if self._stopping:
                return False
            if result is not None:
                followed = None
                if self._follower is not None:
                    result, _, followed = self._follower.step(scan, result, objects, scan.pose)
                    self._followed = followed
                self._measure(arrived, begun, done)
                self._put(StreamFrame(self._frames, scan, result, arrived, done, followed))
            return self._go_on(done)

    def _measure(self, arrived: float, begun: float, done: float) -> None:
        """Note what labelling took. With the lock held."""
        if begun >= self._loaded_at:
            self._efforts.append(done - begun)
        if arrived >= self._loaded_at:
            self._latencies.append(done - arrived)

    def _put(self, frame: StreamFrame) -> None:
        """Hand a labelled scan to its subscribers. With the lock held."""
        self._finished.tick(frame.done)
        self._frames += 1
        for subscription in tuple(self._of_scans):
            subscription.put(frame)

    def _go_on(self, done: float) -> bool:
        """Let the next lane deliver. Whether another scan is wanted. With the lock held."""
        self._turn += 1
        if not self._loaded:  # not before: the first scan waits until the kernels are compiled
            self._loaded, self._loaded_at = True, done
        self._change.notify_all()
        if self._frames == self._limit:
            self.stop()
        return not self._stopping
