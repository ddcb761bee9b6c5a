"""Scans through several segmenters at once, one on each core, their results in order.

Each lane takes a scan all the way, from the file it is read from to the files that are written: nothing is handed from
core to core, and no core waits for another. What is heavy in it releases Python's lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from projection import InputError
from squeezeseg.inference.segmenter import Segmenter

F = TypeVar("F")
R = TypeVar("R")

AHEAD = 3
"""Frames for each lane that may be begun, waiting for their turn in the order of results included."""
PATIENCE = 2.0
"""Seconds for which an ending waits for scans that are being worked on."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Outcome(Generic[F, R]):
    """What became of a frame: a result, or the error of a scan that can't be used."""

    frame: F
    result: R | None = None
    error: InputError | None = None


def run(
    segmenter: Segmenter,
    frames: Iterable[F],
    work: Callable[[Segmenter, F], R],
    *,
    lanes: int = 1,
    depth: int | None = None,
) -> Generator[Outcome[F, R], None, None]:
    """Work on frames, in `lanes` threads, and give their outcomes in the order of the frames.

    Args:
        segmenter: loaded for as many lanes. With one lane it is used itself, in the caller's thread; with more each
            lane has a twin of it. All of them share its clock.
        frames: what to work on; asked for the next one only when there is room for it.
        work: does one frame, all of it. Several threads call it at once, each with its own segmenter; what that gives
            may be gone with its next call, so return what is to be kept.
        lanes: how many frames are worked on at once.
        depth: the most frames that have been taken and whose outcome has not been asked for.

    Yields:
        One outcome a frame. An InputError of `work` becomes the frame's; any other exception is raised, in the frame's
        turn. However this ends, by an exception, Ctrl-C or `close`: no frame is begun afterwards, and the lanes are
        gone.

    Example:
        >>> def label(segmenter, frame):
        ...     return segmenter(source.scan(frame)).labels
        >>> for outcome in run(Segmenter.load(lanes=2), source.frames, label, lanes=2):
        ...     print(outcome.frame.name, outcome.error or outcome.result)
    """
    if lanes < 1:
        raise ValueError(f"lanes {lanes}: must be 1 or more")
    if lanes == 1:
        for frame in frames:
            yield _attempt(work, segmenter, frame)
        return
    depth = max(depth or AHEAD * lanes, 1)
    crew = _Crew(segmenter, work, lanes)
    begun: deque[Future[Outcome[F, R]]] = deque()
    try:
        crew.start()
        for frame in frames:
            begun.append(crew.begin(frame))
            if len(begun) == depth:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        crew.dismiss()


def _attempt(work: Callable[[Segmenter, F], R], segmenter: Segmenter, frame: F) -> Outcome[F, R]:
    try:
        return Outcome(frame, work(segmenter, frame))
    except InputError as error:
        return Outcome(frame, error=error)


class _Crew(Generic[F, R]):
    """Threads that work on frames, each with a segmenter of its own."""

    def __init__(self, segmenter: Segmenter, work: Callable[[Segmenter, F], R], lanes: int) -> None:
        self._work = work
        self._tasks = SimpleQueue[tuple[F, Future[Outcome[F, R]]] | None]()
        self._over = threading.Event()
        # Daemons: one that is stuck, in a read from a dead network drive, say, must not keep the process alive.
        self._threads = [
            threading.Thread(target=self._serve, args=(self._twin(segmenter),), name=f"lane {number}", daemon=True)
            for number in range(lanes)
        ]

    def start(self) -> None:
        """Open the lanes."""
        for thread in self._threads:
            thread.start()

    def begin(self, frame: F) -> Future[Outcome[F, R]]:
        """Have the next free lane work on `frame`."""
        future = Future[Outcome[F, R]]()
        self._tasks.put((frame, future))
        return future

    def dismiss(self) -> None:
        """End the lanes, after the scans that they are at."""
        self._over.set()
        for _ in self._threads:
            self._tasks.put(None)
        end = time.monotonic() + PATIENCE
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(end - time.monotonic(), 0))
        if stuck := [thread.name for thread in self._threads if thread.is_alive()]:
            _log.info("%s: still at a scan after %g seconds, and left behind", ", ".join(stuck), PATIENCE)

    @staticmethod
    def _twin(segmenter: Segmenter) -> Segmenter:
        twin = segmenter.clone()
        twin.clock = segmenter.clock
        return twin

    def _serve(self, segmenter: Segmenter) -> None:
        while (task := self._tasks.get()) is not None and not self._over.is_set():
            frame, future = task
            try:
                future.set_result(_attempt(self._work, segmenter, frame))
            except BaseException as error:  # raised again where the result is asked for
                future.set_exception(error)
