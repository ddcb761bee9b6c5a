"""A recorded drive: any frame at any time, segmented when it is looked at, and meanwhile one after the other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from apps.viewer.feeds.cache import FrameCache
from apps.viewer.feeds.drive_frame import Summary, make_frame
from apps.viewer.feeds.feed import Feed, Sent, class_table
from data.labels import CLASSES, ClassMap
from projection import InputError

if TYPE_CHECKING:
    from apps.viewer.feeds.predictors import Predict
    from data.sources import Frame, Source

CACHE_BYTES = 256 << 20
"""Encoded frames that are kept: about 200 of an HDL-64E's."""
AHEAD = 6
"""Frames that are made before they are asked for, in the direction of the last two requests."""
HZ = 10.0
"""Turns a second of the sensor, where the recording has no clock."""


class DriveFeed(Feed):
    """The frames of a source. One thread reads, segments and encodes them, those first that are being waited for.

    source: of the frames. predict: gives a frame its labels. class_map: what the ground truth counts as what.
    about: how the labels are made, name by value, for people to read. fill: whether frames that nobody has asked for
    are segmented too while somebody watches, for the timeline.
    """

    def __init__(
        self,
        source: Source,
        predict: Predict,
        class_map: ClassMap,
        about: dict[str, str] | None = None,
        *,
        fill: bool = True,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.source = source
        self.frames = source.frames
        self.cache = FrameCache(cache_bytes)
        self.summaries: dict[int, Summary] = {}
        self.about = dict(about or {})
        self.confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
        self._predict = predict
        self._class_map = class_map
        self._fill = fill
        self._log: list[int] = []
        self._requests: dict[Hashable, tuple[int, Future[Sent]]] = {}
        self._watchers: set[Hashable] = set()
        self._ahead: deque[int] = deque(maxlen=AHEAD)
        self._unfilled = 0
        self._loading = True  # the first frame's time is not that of the others
        self._change = threading.Condition()
        self._closed = False
        self._lane = threading.Thread(target=self._work, name="viewer-lane", daemon=True)
        self._lane.start()

    def describe(self) -> dict[str, Any]:
        """See `Feed`."""
        return {
            "kind": "drive",
            "source": self.source.name,
            "frames": [frame.name for frame in self.frames],
            "hz": _rate(self.source, self.frames),
            "labelled": self.source.labelled,
            "about": self.about,
            **class_table(),
        }

    def request(self, who: Hashable, position: int, direction: int = 1) -> Future[Sent]:
        """See `Feed`."""
        wanted: Future[Sent] = Future()
        if not 0 <= position < len(self.frames):
            wanted.set_exception(InputError(f"frame {position}: the drive has 0 to {len(self.frames) - 1}"))
            return wanted
        with self._change:
            if self._closed:
                wanted.cancel()
                return wanted
            self._watchers.add(who)
            if (earlier := self._requests.pop(who, None)) is not None:
                earlier[1].cancel()
            step = 1 if direction >= 0 else -1
            ahead = (position + step * k for k in range(1, AHEAD + 1))
            self._ahead = deque(p for p in ahead if 0 <= p < len(self.frames) and not self._known(p))
            if (data := self.cache.get(position)) is None:
                self._requests[who] = position, wanted
            self._change.notify_all()
        if data is not None:
            wanted.set_result(Sent(data, position))
        return wanted

    def news(self, since: int) -> tuple[int, dict[str, Any] | None]:
        """See `Feed`."""
        with self._change:
            changed = list(dict.fromkeys(self._log[since:]))
            if not changed:
                return since, None
            return len(self._log), {"summaries": [self.summaries[position].as_list() for position in changed]}

    def leave(self, who: Hashable) -> None:
        """See `Feed`."""
        with self._change:
            self._watchers.discard(who)
            if (request := self._requests.pop(who, None)) is not None:
                request[1].cancel()

    def close(self) -> None:
        """See `Feed`."""
        with self._change:
            self._closed = True
            for _, wanted in self._requests.values():
                wanted.cancel()
            self._requests.clear()
            self._change.notify_all()
        self._lane.join()

    def use(self, predict: Predict, about: dict[str, str]) -> None:
        """Label all frames anew, in another way."""
        with self._change:
            self._predict, self.about = predict, dict(about)
            self.generation += 1
            self.cache.clear()
            self.summaries.clear()
            self._log.clear()
            self.confusion[:] = 0
            self._unfilled = 0
            self._loading = True
            self._change.notify_all()

    def _known(self, position: int) -> bool:
        """Whether nothing needs to be done for a frame that isn't wanted yet."""
        summary = self.summaries.get(position)
        return position in self.cache or (summary is not None and bool(summary.problem))

    def _next(self) -> tuple[int, bool] | None:
        """The position to work on, and whether somebody waits for it or soon will."""
        if self._requests:
            return next(iter(self._requests.values()))[0], True
        while self._ahead:
            if not self._known(position := self._ahead.popleft()):
                return position, True
        if self._fill and self._watchers:
            while self._unfilled in self.summaries:
                self._unfilled += 1
            if self._unfilled < len(self.frames):
                return self._unfilled, False
        return None

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._closed and (job := self._next()) is None:
                    self._change.wait()
                if self._closed:
                    return
                assert job is not None
                predict, generation = self._predict, self.generation
            position, wanted = job
            began = time.monotonic()
            data, summary, matrix, failure = self._make(position, predict)
            with self._change:
                if generation != self.generation:
                    continue
                self._note(summary, matrix)
                if data is not None:
                    (self.cache.put if wanted else self.cache.offer)(position, data)
                waiting = [who for who, (p, _) in self._requests.items() if p == position]
                futures = [self._requests.pop(who)[1] for who in waiting]
            for future in futures:
                if not future.set_running_or_notify_cancel():
                    continue
                if data is not None:
                    future.set_result(Sent(data, position))
                else:
                    future.set_exception(InputError(failure))
            if not wanted:  # leave half of the time to whoever else works here, the browser for one
                with self._change:
                    self._change.wait_for(lambda: self._closed or self._requests, time.monotonic() - began)

    def _note(self, summary: Summary, matrix: NDArray[np.int64] | None) -> None:
        if matrix is not None and summary.position not in self.summaries:
            self.confusion += matrix
        if self.summaries.get(summary.position) is None:
            self._log.append(summary.position)
            self.summaries[summary.position] = summary

    def _make(self, position: int, predict: Predict) -> tuple[bytes | None, Summary, NDArray[np.int64] | None, str]:
        """A frame's bytes, its summary, its confusion where it has labels; and what is wrong where it has no bytes."""
        frame = self.frames[position]
        try:
            made = make_frame(self.source, position, predict, self._class_map, first=self._loading)
            self._loading = False
            return (*made, "")
        except InputError as error:
            reason = str(error)
        except Exception as error:  # whatever it is, the page must say so and the lane go on
            reason = f"{frame.path}: {type(error).__name__}: {error}"
        return None, Summary(position, problem=reason), None, reason


def _rate(source: Source, frames: Sequence[Frame]) -> float:
    """Frames a second in the recording: the selected frames may be far apart, and are played at the sensor's pace."""
    stamps = getattr(source, "stamps", ())
    known = [stamps[frame.number] for frame in frames[:50] if frame.number < len(stamps)]
    steps = [b - a for a, b in pairwise(known) if a is not None and b is not None and b > a]
    return float(np.clip(1 / np.median(steps), 1, 100)) if steps else HZ
