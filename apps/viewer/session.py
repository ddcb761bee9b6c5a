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

from apps.viewer.messages import Seen, Show, parse
from projection import InputError
from squeezeseg.running.rate_meter import RateMeter

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from apps.viewer.feeds.feed import Feed, Sent

STRIKES = 16
"""Messages that are none, after which a client is sent away."""
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
        self._generation = -1
        self._rate = RateMeter(window=WINDOW)
        self._latencies: deque[float] = deque(maxlen=500)
        self._draws: deque[float] = deque(maxlen=100)
        self._live = False

    async def run(self) -> None:
        """Until the browser leaves or is sent away. The socket must be accepted."""
        from starlette.websockets import WebSocketDisconnect

        tasks = [asyncio.create_task(part()) for part in (self._listen, self._send)]
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
        if self.unknown >= STRIKES:  # only now: while frames are being sent, one might follow the farewell
            with contextlib.suppress(WebSocketDisconnect):
                await self.socket.close(1008, "messages that the viewer doesn't know")

    async def _listen(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            heard = parse(message.get("text") or "")
            if heard is None:
                self.unknown += 1
                if self.unknown >= STRIKES:
                    return
            elif isinstance(heard, Show):
                self._wish = heard
                self._changed.set()
            else:
                self._note_seen(heard)

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
        last_news = 0.0
        while True:
            if self.feed.generation != self._generation:
                await self._greet()
            if self._on_its_way is None and (self._live or self._wish is not None):
                await self._send_frame()
            if time.monotonic() - last_news >= SECONDS_BETWEEN_NEWS:
                last_news = time.monotonic()
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
