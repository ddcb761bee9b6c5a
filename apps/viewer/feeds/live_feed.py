"""A stream: each browser gets the newest scan that it hasn't had, and misses those that it is too slow for."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from apps.viewer.feeds.feed import Feed, Sent, class_table
from apps.viewer.feeds.live_picture import LivePicture, WholeScan
from projection import InputError

if TYPE_CHECKING:
    from data.live.playback import Playback
    from squeezeseg.running.stream import Stream
    from squeezeseg.running.subscription import Subscription

SECONDS_TO_LOOK_UP = 0.5
"""Between two looks whether the feed was closed, while no scan comes."""


class LiveFeed(Feed):
    """The frames of a stream. One thread takes them as they come, another encodes the newest when somebody wants it.

    stream: see `Stream`. name: of its source, for people. about: how the labels are made, likewise. playback: of a
    recording, which begins when the first browser asks for a scan, and obeys `control`; None for a sensor.
    seconds_between: at least, between two that are encoded.
    """

    seconds_between = 0.0

    def __init__(
        self, stream: Stream, name: str, about: dict[str, str] | None = None, playback: Playback | None = None
    ) -> None:
        self.stream = stream
        self.playback = playback
        self.name = name
        self.about = dict(about or {})
        self.encoded = 0
        self._frames = self._subscribe()
        self._newest: LivePicture | None = None
        self._requests: dict[Hashable, Future[Sent]] = {}
        self._had: dict[Hashable, int] = {}
        self._came: dict[Hashable, float] = {}
        self._change = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=work, name=f"viewer-{what}", daemon=True)
            for what, work in (("stream", self._take), ("encoder", self._serve))
        ]
        for thread in self._threads:
            thread.start()

    def describe(self) -> dict[str, Any]:
        """See `Feed`."""
        return {
            "kind": "live",
            "source": self.name,
            "controls": self.playback is not None,
            "labelled": False,
            "about": self.about,
            "tracked": self.stream.follows,
            **class_table(),
        }

    def request(self, who: Hashable, position: int = 0, direction: int = 1) -> Future[Sent]:
        """See `Feed`."""
        wanted: Future[Sent] = Future()
        with self._change:
            if (earlier := self._requests.pop(who, None)) is not None:
                earlier.cancel()
            if self._closed:
                wanted.cancel()
            else:
                self._requests[who] = wanted
                self._came.setdefault(who, time.monotonic())
                self._change.notify_all()
        if self.playback is not None:
            self.playback.begin()
        return wanted

    def control(self, action: str) -> None:
        """See `Feed`."""
        if self.playback is not None:
            {"pause": self.playback.pause, "resume": self.playback.resume, "step": self.playback.step}[action]()

    def news(self, since: int) -> tuple[int, dict[str, Any] | None]:
        """See `Feed`."""
        return since + 1, {"stream": asdict(self.stream.facts())}

    def leave(self, who: Hashable) -> None:
        """See `Feed`."""
        with self._change:
            self._had.pop(who, None)
            self._came.pop(who, None)
            if (wanted := self._requests.pop(who, None)) is not None:
                wanted.cancel()

    def close(self) -> None:
        """See `Feed`."""
        self._frames.close()
        with self._change:
            self._closed = True
            for wanted in self._requests.values():
                wanted.cancel()
            self._requests.clear()
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _subscribe(self) -> Subscription[Any]:
        return self.stream.subscribe(1, name="viewer")

    def _picture(self, frame: Any) -> LivePicture:
        """What there is to show, with a frame that has come."""
        return WholeScan(frame)

    def _take(self) -> None:
        while not self._closed:
            frame = self._frames.get(SECONDS_TO_LOOK_UP)
            if frame is None:
                if self._frames.ended:
                    return
                continue
            with self._change:
                self._newest = self._picture(frame)
                self._change.notify_all()

    def _waiting(self) -> list[Hashable]:
        """The clients who want a frame and haven't had the newest."""
        if self._newest is None:
            return []
        return [who for who in self._requests if self._had.get(who, -1) < self._newest.number]

    def _serve(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or self._waiting())
                if self._closed:
                    return
                picture = self._newest
                assert picture is not None
            data: bytes | InputError
            try:
                data = picture.encode()
            except Exception as error:  # whatever it is, the page must say so and the stream go on
                data = InputError(f"scan {picture.name}: {type(error).__name__}: {error}")
            self.encoded += 1
            with self._change:
                waiting = [who for who in self._requests if self._had.get(who, -1) < picture.number]
                futures = [(who, self._requests.pop(who)) for who in waiting]
                for who, wanted in futures:
                    if wanted.set_running_or_notify_cancel():
                        self._had[who] = picture.number
                        if isinstance(data, InputError):
                            wanted.set_exception(data)
                        else:  # a scan that came before the browser tells nothing of delays
                            arrived = picture.arrived if picture.arrived >= self._came.get(who, 0.0) else None
                            wanted.set_result(Sent(data, picture.scans, arrived))
                if self._closed_within(self.seconds_between):
                    return

    def _closed_within(self, seconds: float) -> bool:
        """Wait so long. True if the feed is closed meanwhile. With the lock held."""
        return seconds > 0 and self._change.wait_for(lambda: self._closed, seconds)
