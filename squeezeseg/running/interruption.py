"""Interruptions: Ctrl-C, SIGTERM and a lost connection end a block in order, and never within a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupt_afterwards() -> Iterator[list[int]]:
    """Hold back an interrupt until the block has ended, for a step that is no use half done.

    Yields the signals that have come so far.

    Outside the main thread, which alone hears interrupts, it changes nothing.

    Example:
        with interrupt_afterwards():
            optimiser.step()
            step += 1
    """
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    # Not those that have no handler of Python's: they end the process, or are ignored.
    before = {number: signal.getsignal(number) for number in SIGNALS if callable(signal.getsignal(number))}
    for number in before:
        signal.signal(number, lambda number, _: heard.append(number))
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        signal.raise_signal(heard[0])


@contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGINT, SIGTERM and SIGHUP, so that it ends what it holds in order.

    Outside the main thread, which alone hears signals, it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    # SIGINT as well: a shell that starts a program in the background has it ignored. What nohup ignores stays so.
    numbers = [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
