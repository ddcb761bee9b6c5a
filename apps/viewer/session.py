"""One browser's conversation with a feed, over a WebSocket.

A frame is sent when the browser has said that the last one is on its screen, so at most one is on its way: a slow
browser gets fewer frames, and one that has gone silent costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.viewer.messages import Control, Seen, Show, parse
from projection import InputError
from squeezeseg.running.rate_meter import RateMeter

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from apps.viewer.feeds.feed import Feed, Sent

STRIKES = 16
"""Messages that are none, after which a client is sent away."""
SECONDS_TO_SPEAK = 10.0
"""In which a client says its first word; our page does at once."""
SECONDS_OF_SILENCE = 150.0
"""After which a client is taken for gone. Our page says every ten seconds that it is there, and once a minute where
nobody sees it, for browsers slow down what is hidden."""
SECONDS_FOR_FAREWELL = 1.0
GOING_AWAY, POLICY_VIOLATION, FAILED, TRY_AGAIN_LATER = 1001, 1008, 1011, 1013
"""WebSocket's codes for a farewell: the server ends, the client misbehaves, an error ends it, come back later."""
SECONDS_BETWEEN_NEWS = 0.5
WINDOW = 5.0
"""Seconds over which frames a second are counted."""


class Session:
    """Talks to one browser until it leaves.

    unknown: messages that were none. sent, seen: frames that were sent, and that the browser has shown.
    skipped: frames of a stream that this browser never got.
    """

    def __init__(self, socket: WebSocket, feed: Feed) -> None:
        self.socket = socket
        self.feed = feed
        self.unknown = self.sent = self.seen = self.skipped = 0
        self._wish: Show | None = None
        self._changed = asyncio.Event()
        self._on_its_way: Sent | None = None
        self._sequence = itertools.count(1)
        self._current = 0
        self._last_number: int | None = None
        self._news = 0
        self._told = 0.0
        self._generation = -1
        self._rate = RateMeter(window=WINDOW)
        self._latencies: deque[float] = deque(maxlen=500)
        self._draws: deque[float] = deque(maxlen=100)
        self._live = False
        self._opened = time.monotonic()
        self._spoke: float | None = None
        self._farewell: tuple[int, str] | None = None

    @property
    def spoken(self) -> bool:
        """True from the client's first message on."""
        return self._spoke is not None

    @property
    def silent_for(self) -> float:
        """Seconds since the last message, or since the connection was made."""
        return time.monotonic() - (self._opened if self._spoke is None else self._spoke)

    def dismiss(self, code: int, reason: str) -> None:
        """Say goodbye soon, for this reason. For the thread that the session runs in."""
        self._farewell = code, reason
        self._changed.set()

    async def run(self) -> None:
        """Until the browser leaves or is sent away. The socket must be accepted."""
        from starlette.websockets import WebSocketDisconnect

        tasks = [asyncio.create_task(part()) for part in (self._listen, self._send, self._watch)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with contextlib.suppress(WebSocketDisconnect):
                    task.result()
        finally:
            self.feed.leave(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._farewell is not None:  # only now: while frames are being sent, one might follow the farewell
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                await asyncio.wait_for(self._say_farewell(*self._farewell), SECONDS_FOR_FAREWELL)

    async def _say_farewell(self, code: int, reason: str) -> None:
        if code in (GOING_AWAY, FAILED):
            await self._tell({"type": "bye", "text": reason, "failed": code == FAILED})
        await self.socket.close(code, reason[:120])

    async def _listen(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            heard = parse(message.get("text") or "")
            if heard is None:
                self.unknown += 1
                if self.unknown >= STRIKES:
                    self._farewell = POLICY_VIOLATION, "messages that the viewer doesn't know"
                    return
                continue
            self._spoke = time.monotonic()
            if isinstance(heard, Show):
                self._wish = heard
                self._changed.set()
            elif isinstance(heard, Seen):
                self._note_seen(heard)
            elif isinstance(heard, Control):
                self.feed.control(heard.action)
                self._told = 0.0
                self._changed.set()

    async def _watch(self) -> None:
        """Until the client has gone silent."""
        while self.silent_for < (SECONDS_OF_SILENCE if self.spoken else SECONDS_TO_SPEAK):
            await asyncio.sleep(SECONDS_BETWEEN_NEWS)
        self._farewell = TRY_AGAIN_LATER, "nothing was heard of this page for too long"

    def _note_seen(self, heard: Seen) -> None:
        if self._on_its_way is None or heard.sequence != self._current:
            return
        now = time.monotonic()
        self.seen += 1
        self._rate.tick(now)
        self._draws.append(heard.draw_ms)
        if self._on_its_way.arrived is not None:
            self._latencies.append((now - self._on_its_way.arrived) * 1e3)
        self._on_its_way = None
        self._changed.set()

    async def _send(self) -> None:
        while self._farewell is None:
            if self.feed.generation != self._generation:
                await self._greet()
            if self._on_its_way is None and (self._live or self._wish is not None):
                await self._send_frame()
            if time.monotonic() - self._told >= SECONDS_BETWEEN_NEWS:
                self._told = time.monotonic()
                await self._send_news()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), SECONDS_BETWEEN_NEWS)
            self._changed.clear()

    async def _greet(self) -> None:
        self._generation = self.feed.generation
        self._news = 0
        hello = self.feed.describe()
        self._live = hello["kind"] == "live"
        await self._tell({"type": "hello", "generation": self._generation, **hello})

    async def _send_frame(self) -> None:
        """The frame that is wanted; gives up when meanwhile another one is, or there is none for a while."""
        wish, self._wish = self._wish or Show(0, 1), None
        self._changed.clear()
        future = asyncio.wrap_future(self.feed.request(self, wish.position, wish.direction))
        changed = asyncio.create_task(self._changed.wait())
        try:
            either: list[asyncio.Future[Any]] = [future, changed]
            await asyncio.wait(either, timeout=SECONDS_BETWEEN_NEWS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        if not future.done():
            if self._wish is None:
                self._wish = wish
                self._changed.set()
            future.cancel()
            return
        try:
            frame = future.result()
        except InputError as error:
            await self._tell({"type": "failed", "position": wish.position, "message": str(error)})
            return
        except asyncio.CancelledError:  # the feed is being closed or used otherwise
            if self._wish is None:
                self._wish = wish
            return
        self._current = next(self._sequence)
        self._on_its_way = frame
        self.sent += 1
        if self._live and self._last_number is not None:
            self.skipped += max(frame.number - self._last_number - 1, 0)
        self._last_number = frame.number
        await self.socket.send_bytes(np.uint32(self._current).astype("<u4").tobytes() + frame.data)

    async def _send_news(self) -> None:
        self._news, news = self.feed.news(self._news)
        await self._tell({"type": "news", "client": self.facts(), **(news or {})})

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.socket.send_text(json.dumps(message, allow_nan=False, separators=(",", ":")))

    def facts(self) -> dict[str, Any]:
        """Rates in frames a second, counts and milliseconds as this browser really saw them, as JSON has them."""
        latency = np.percentile(self._latencies, (50, 99)).round(1).tolist() if self._latencies else None
        return {
            "seen_fps": round(self._rate.fps_at(time.monotonic()) or 0.0, 2),
            "seen": self.seen,
            "sent": self.sent,
            "skipped": self.skipped,
            "unknown": self.unknown,
            "latency_ms": latency,
            "draw_ms": round(float(np.median(self._draws)), 2) if self._draws else None,
        }
