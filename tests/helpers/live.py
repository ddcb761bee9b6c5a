"""A stream of labelled scans that a test gives, one by one; stands in for squeezeseg.running.stream.Stream."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from data.scan import Scan
from helpers.drive import street
from helpers.engine import segmenter

TIMEOUT = 60


@dataclass
class Facts:
    state: str = "running"
    sensor_fps: float | None = 10.0
    compute_fps: float | None = 25.0
    pipeline_fps: float | None = 10.0
    latency_p50: float | None = 40.0
    latency_p99: float | None = 60.0
    drops: dict = field(default_factory=dict)
    frames: int = 0


@dataclass
class Frame:
    number: int
    scan: Scan
    result: object
    arrived: float
    done: float
    followed: object = None


class FakeStream:
    """A stream whose frames the test gives."""

    def __init__(self):
        self.frames = deque(maxlen=1)
        self.change = threading.Condition()
        self.ended = False
        self.state = "running"
        self.taken = threading.Semaphore(0)
        self.label = segmenter()
        self.points = street(0)
        self.followed = None

    follows = False

    def subscribe(self, depth=1, *, name="subscriber"):
        assert depth == 1
        return self

    def facts(self):
        return Facts(self.state)

    def get(self, timeout=None):
        with self.change:
            self.change.wait_for(lambda: self.frames or self.ended, timeout)
            if not self.frames:
                return None
            self.taken.release()
            return self.frames.popleft()

    def close(self):
        with self.change:
            self.ended = True
            self.change.notify_all()

    def put(self, number):
        """Give a frame and wait until it is taken."""
        scan = Scan(self.points, number, f"{number:06d}")
        now = time.monotonic()
        with self.change:
            self.frames.append(Frame(number, scan, self.label(scan), now, now + 0.01, self.followed))
            self.change.notify_all()
        assert self.taken.acquire(timeout=TIMEOUT)
