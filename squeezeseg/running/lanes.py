"""Lanes: scans through several segmenters at once, one on each core, their results in order.

A lane does what concerns one scan alone: it reads and segments. What needs order or a thread of its own, such as
tracks, scores and files, is the consumer's: it gets the outcomes in the order of the frames. What is heavy in a lane
releases Python's lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

from projection import InputError
from squeezeseg.engines.base import EngineError
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.segmenter import Segmenter

F = TypeVar("F")
R = TypeVar("R")
Work = Callable[[Segmenter, F, ResultBuffers], R]

BEGUN_PER_LANE = 2
"""Frames for each lane that may be begun, waiting for their turn in the order of results included."""
SECONDS_TO_END = 2.0
"""For which an ending waits for scans that are being worked on."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Outcome(Generic[F, R]):
    """A frame's result, or the error of a scan that can't be used, whose message names the frame's file."""

    frame: F
    result: R | None = None
    error: InputError | None = None


def run(
    segmenter: Segmenter,
    frames: Iterable[F],
    work: Work[F, R],
    *,
    lanes: int = 1,
    depth: int | None = None,
    strict: bool = False,
) -> Generator[Outcome[F, R], None, None]:
    """Work on frames, in `lanes` threads, and give their outcomes in the order of the frames.

    Args:
        segmenter: loaded for as many lanes. With one lane it is used itself, in the caller's thread; with more each
            lane has a clone of it. All of them share its clock.
        frames: what to work on; asked for the next one only when there is room for it.
        work: does one frame, in a lane. Several threads call it at once, each with its own segmenter. It may hand the
            buffers to the segmenter with one scan: then nothing is allocated for the result, which is valid until the
            next outcome is asked for. A consumer that keeps results leaves the buffers alone.
        lanes: how many frames are worked on at once.
        depth: the most frames that have been taken and whose outcome has not been asked for.
        strict: whether the error of a scan that can't be used is raised, in its turn.

    Yields:
        One outcome a frame. An InputError of `work` becomes the frame's, unless it is an EngineError; any other
        exception is raised, in the frame's turn. A lane that its engine or its memory fails is given up, with a
        warning, while there is another. However this ends, by an exception, Ctrl-C or `close`: no frame is begun
        afterwards, and the lanes are gone.

    Example:
        >>> def label(segmenter, frame, buffers):
        ...     return segmenter(source.scan(frame), buffers=buffers)
        >>> for outcome in run(Segmenter.load(lanes=2), source.frames, label, lanes=2):
        ...     print(outcome.frame.name, outcome.error or outcome.result.labels)
    """
    if lanes < 1:
        raise ValueError(f"lanes {lanes}: must be 1 or more")
    with closing(_outcomes(segmenter, frames, work, lanes, depth)) as outcomes:
        for outcome in outcomes:
            if strict and outcome.error is not None:
                raise outcome.error
            yield outcome


def _outcomes(
    segmenter: Segmenter, frames: Iterable[F], work: Work[F, R], lanes: int, depth: int | None
) -> Generator[Outcome[F, R], None, None]:
    if lanes == 1:
        buffers = ResultBuffers()
        for frame in frames:
            yield attempt(frame, partial(work, segmenter, frame, buffers))
        return
    depth = max(depth or BEGUN_PER_LANE * lanes, 1)
    crew = _Crew(segmenter, work, lanes)
    free = [ResultBuffers() for _ in range(depth)]
    begun: deque[tuple[Future[Outcome[F, R]], ResultBuffers]] = deque()
    try:
        crew.start()
        for frame in frames:
            buffers = free.pop()
            begun.append((crew.begin(frame, buffers), buffers))
            if len(begun) == depth:
                future, buffers = begun.popleft()
                yield future.result()
                free.append(buffers)
        while begun:
            yield begun.popleft()[0].result()
    finally:
        crew.dismiss()


def attempt(frame: F, work: Callable[[], R]) -> Outcome[F, R]:
    """The outcome of work on a frame; the error's message names the frame's file, where it has a `path`."""
    try:
        return Outcome(frame, work())
    except EngineError:  # no fault of the frame
        raise
    except InputError as error:
        path = getattr(frame, "path", None)
        # Files beside the scan, as its labels, are called as it is.
        if path is None or str(path) in str(error) or f"/{path.stem}." in str(error):
            return Outcome(frame, error=error)
        named = InputError(f"{path}: {error}")
        named.__cause__ = error
        return Outcome(frame, error=named)


class _Crew(Generic[F, R]):
    """Threads that work on frames, each with a segmenter of its own."""

    def __init__(self, segmenter: Segmenter, work: Work[F, R], lanes: int) -> None:
        self._work = work
        self._tasks = SimpleQueue[tuple[F, ResultBuffers, Future[Outcome[F, R]]] | None]()
        self._over = threading.Event()
        self._lanes = lanes
        self._leaving = threading.Lock()
        # Daemons: one that is stuck, in a read from a dead network drive, say, must not keep the process alive.
        self._threads = [
            threading.Thread(target=self._serve, args=(self._clone(segmenter),), name=f"lane {number}", daemon=True)
            for number in range(lanes)
        ]

    def start(self) -> None:
        """Open the lanes. Raises InputError if the system starts no thread."""
        for number, thread in enumerate(self._threads):
            try:
                thread.start()
            except RuntimeError as error:
                if not number:
                    raise InputError(f"no thread can be started ({error}); close other programs") from None
                del self._threads[number:]
                self._lanes = number
                _log.warning("%s: going on with %d of the lanes", error, number)
                break

    def begin(self, frame: F, buffers: ResultBuffers) -> Future[Outcome[F, R]]:
        """Have the next free lane work on `frame`."""
        future = Future[Outcome[F, R]]()
        self._tasks.put((frame, buffers, future))
        return future

    def dismiss(self) -> None:
        """End the lanes, after the scans that they are at."""
        self._over.set()
        for _ in self._threads:
            self._tasks.put(None)
        end = time.monotonic() + SECONDS_TO_END
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(end - time.monotonic(), 0))
        if stuck := [thread.name for thread in self._threads if thread.is_alive()]:
            _log.info("%s: still at a scan after %g seconds, and left behind", ", ".join(stuck), SECONDS_TO_END)

    @staticmethod
    def _clone(segmenter: Segmenter) -> Segmenter:
        clone = segmenter.clone()
        clone.clock = segmenter.clock
        return clone

    def _serve(self, segmenter: Segmenter) -> None:
        while (task := self._tasks.get()) is not None and not self._over.is_set():
            frame, buffers, future = task
            try:
                future.set_result(attempt(frame, partial(self._work, segmenter, frame, buffers)))
            except (EngineError, MemoryError) as error:
                if self._give_up(error):
                    self._tasks.put(task)
                    return
                future.set_exception(error)
            except BaseException as error:  # raised again where the result is asked for
                future.set_exception(error)

    def _give_up(self, error: Exception) -> bool:
        """Leave a lane's frames to the others; False for the last one."""
        with self._leaving:
            if self._lanes == 1:
                return False
            self._lanes -= 1
            reason = " ".join(str(error).split()) or "too little memory"
            _log.warning("%s: going on with a lane less, %d", reason, self._lanes)
            return True
