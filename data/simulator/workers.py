"""Streets simulated by several processes at once."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from projection.errors import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(work: Callable[[Task], Result], tasks: Sequence[Task], workers: int) -> Iterator[Result]:
    """The results of `work` on each task, in their order, made by `workers` processes.

    No more than `workers` results wait to be taken, whatever the number of tasks. Processes are started afresh
    (spawned), so that `work` and the tasks must be importable and the calling script guard its main part. Ctrl-C ends
    them at once; whoever stops taking results otherwise waits for the tasks under way.

    Raises:
        InputError: a process was killed, as happens where memory is short.
    """
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _end_at_interrupts)
    waiting: deque[Future[Result]] = deque()
    left = iter(tasks)
    try:
        for task in left:
            waiting.append(pool.submit(work, task))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise InputError("simulate: a worker process was killed, memory may be short: use fewer --workers") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _end_at_interrupts() -> None:
    # Ctrl-C reaches the whole group: a worker ends without a word, and the parent need not wait for its street.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
