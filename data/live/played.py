"""The base of live sources that play a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from data.live.pace import Pace


class PlayedSource:
    """A recording that is played at a pace and can be kept waiting. A subclass yields the scans."""

    def __init__(self, name: str, pace: Pace) -> None:
        self.waits = True
        self.pauses = 0
        self.name = name
        self._pace = pace
        self._counters: Counter[str] = Counter()
        self._ended = False

    @property
    def status(self) -> str:
        """'running' until the recording's end."""
        return "ended" if self._ended else "running"

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts of scans or messages by their fate, see the subclass."""
        return dict(self._counters)

    def close(self) -> None:
        """Yield no further scan."""
        self._pace.close()
