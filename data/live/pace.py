"""The pace at which a recording is played."""

from __future__ import annotations

import threading
import time

from projection.errors import InputError

MAX_WAIT = 10.0
"""Seconds: the longest wait between two stamps, for a recording's clock may jump."""
MAX_CATCH_UP = 0.5
"""Seconds: the longest delay that is made up for. After a longer one a recording goes on from where it is."""


class Pace:
    """Waits until a recording's stamps are due.

    rate: times the speed of the recording's clock; None for as fast as can be.
    """

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._begun: tuple[float, float] | None = None  # by our clock, by the recording's
        self._closed = threading.Event()

    def wait(self, stamp: float) -> bool:
        """Wait until `stamp`, in seconds, is due. False after `close`."""
        if self.rate is not None:
            now = time.monotonic()
            if self._begun is None:
                self._begun = now, stamp
            due = self._begun[0] + (stamp - self._begun[1]) / self.rate
            if not now - MAX_CATCH_UP < due < now + MAX_WAIT:
                self._begun, due = (now, stamp), now
            # Sleeps shorter than the scheduler keeps would make the whole slower, not smoother.
            if due - now > 1e-3:
                self._closed.wait(due - now)
        return not self._closed.is_set()

    def close(self) -> None:
        """Wait no longer."""
        self._closed.set()


def parse_rate(text: str, default: float) -> float | None:
    """Parse a rate: '2' -> 2, 'max' -> None, '' -> default. Raises InputError for anything else."""
    if text == "max":
        return None
    try:
        rate = float(text) if text else default
    except ValueError:
        rate = 0.0
    if not 1e-3 <= rate <= 1e6:
        raise InputError(f"rate {text}: must be a number above 0, or 'max'")
    return rate
