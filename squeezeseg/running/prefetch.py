"""Prefetching: frames that somebody looks at, made in the background, and those that will be wanted next."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

R = TypeVar("R")


class Shelf(Protocol[R]):
    """The frames that are kept, by position. Its methods are called with the prefetcher's lock held."""

    def find(self, position: int) -> R | None:
        """The frame for who asks for it, None where it must be made."""

    def wanted_ahead(self, position: int) -> bool:
        """True if the item is worth making before anybody asks for it, as one of the next."""

    def unfilled(self, position: int) -> bool:
        """True if the item is to be made while nothing else is to be done."""

    def put(self, position: int, made: R | Exception, *, asked: bool) -> None:
        """Keep a frame, or the error that came of it. asked: for, or likely soon; else only filled in."""


class Prefetcher(Generic[R]):
    """One thread that makes a drive's frames: those that are waited for, then those ahead of them, then the others.

    count: of frames; positions are 0 to count - 1. make: a frame, in the thread. shelf: keeps what was made.
    ahead: frames that are made before they are asked for, in the direction of the last request. wrap: whether the first
    frame follows the last. fill: whether the others are made too, while somebody watches.

    Example:
        >>> frames = Prefetcher(len(source), label, shelf, ahead=6)
        >>> frames.request("me", 7).result()  # and 8 to 13 are being made
        >>> frames.close()
    """

    def __init__(
        self,
        count: int,
        make: Callable[[int], R],
        shelf: Shelf[R],
        *,
        ahead: int,
        wrap: bool = False,
        fill: bool = False,
        name: str = "prefetcher",
    ) -> None:
        self.lock = threading.Condition()
        self._count, self._make, self._shelf = count, make, shelf
        self._reach, self._wrap, self._fill = ahead, wrap, fill
        self._requests: dict[Hashable, tuple[int, Future[R]]] = {}
        self._watchers: set[Hashable] = set()
        self._ahead: deque[int] = deque(maxlen=ahead)
        self._unfilled = self._generation = 0
        self._closed = False
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    def request(self, who: Hashable, position: int, direction: int = 1) -> Future[R]:
        """The frame at a position, for one who drops an earlier request by that.

        direction: the next will probably be one further (1) or one back (-1). The future raises what `make` raised; it
        is cancelled by a newer request of the same, by `leave` and by `close`.
        """
        wanted: Future[R] = Future()
        with self.lock:
            if self._closed:
                wanted.cancel()
                return wanted
            self._drop(who)
            self._watchers.add(who)
            step = 1 if direction >= 0 else -1
            self._ahead.clear()
            self._ahead.extend(
                self._place(position + step * k) for k in range(1, min(self._reach, self._count - 1) + 1)
            )
            if (found := self._shelf.find(position)) is None:
                self._requests[who] = position, wanted
            self.lock.notify_all()
        if found is not None:
            wanted.set_result(found)
        return wanted

    def leave(self, who: Hashable) -> None:
        """Forget one who watches no longer."""
        with self.lock:
            self._watchers.discard(who)
            self._drop(who)

    def restart(self) -> None:
        """Make all frames anew, the one in the making as well. With the lock held."""
        self._generation += 1
        self._unfilled = 0
        self.lock.notify_all()

    def close(self) -> None:
        """End the thread after the frame that it is at; open requests are cancelled."""
        with self.lock:
            self._closed = True
            for who in tuple(self._requests):
                self._drop(who)
            self.lock.notify_all()
        self.thread.join()

    def _drop(self, who: Hashable) -> None:
        if (request := self._requests.pop(who, None)) is not None:
            request[1].cancel()

    def _place(self, position: int) -> int:
        return position % self._count if self._wrap else position

    def _next(self) -> tuple[int, bool] | None:
        """The position to work on, and whether somebody waits for it or soon will."""
        if self._requests:
            return next(iter(self._requests.values()))[0], True
        while self._ahead:
            position = self._ahead.popleft()
            if 0 <= position < self._count and self._shelf.wanted_ahead(position):
                return position, True
        if self._fill and self._watchers:
            while self._unfilled < self._count and not self._shelf.unfilled(self._unfilled):
                self._unfilled += 1
            if self._unfilled < self._count:
                return self._unfilled, False
        return None

    def _work(self) -> None:
        while True:
            with self.lock:
                while not self._closed and (job := self._next()) is None:
                    self.lock.wait()
                if self._closed:
                    return
                assert job is not None
                generation = self._generation
            position, asked = job
            began = time.monotonic()
            made: R | Exception
            try:
                made = self._make(position)
            except Exception as error:  # whatever it is, who asked must hear of it and the thread go on
                made = error
            with self.lock:
                if generation != self._generation:
                    continue
                self._shelf.put(position, made, asked=asked)
                waiting = [who for who, (p, _) in self._requests.items() if p == position]
                futures = [self._requests.pop(who)[1] for who in waiting]
                self.lock.notify_all()
            for future in futures:
                if not future.set_running_or_notify_cancel():
                    continue
                if isinstance(made, Exception):
                    future.set_exception(made)
                else:
                    future.set_result(made)
            if not asked:  # leave half of the time to whoever else works here, the browser for one
                with self.lock:
                    self.lock.wait_for(lambda: self._closed or self._requests, time.monotonic() - began)
