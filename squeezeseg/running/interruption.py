"""Interruptions: Ctrl-C and SIGTERM end a block in order, and never within a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupt_afterwards() -> Iterator[None]:
    """Hold back an interrupt until the block has ended, for a step that is no use half done.

    Outside the main thread, which alone hears interrupts, it changes nothing.

    Example:
        with interrupt_afterwards():
            optimiser.step()
            step += 1
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGINT and SIGTERM, so that it ends what it holds in order."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    # SIGINT as well: a shell that starts a program in the background has it ignored.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
