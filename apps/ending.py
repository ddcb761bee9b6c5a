"""The end of a running command: in order, on SIGINT and SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise KeyboardInterrupt in the block, so that it ends what it holds in order."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    # SIGINT as well: a shell that starts a program in the background has it ignored.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
