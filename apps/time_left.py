"""The time that a command still takes."""

from __future__ import annotations

from collections import deque

RECENT = 100
"""Reports over which the pace is averaged."""
ENOUGH = 5
"""Up to so many reports, and up to `SETTLED` seconds, it is too early: the first of all lanes come at once."""
SETTLED = 2.0


class TimeLeft:
    """Estimates the time that is left of `total` steps, by the pace of the recent ones.

    The first report only says where the count begins: the time until then went into compiling and loading, and what an
    earlier run did took none.

    Example:
        left = TimeLeft(10)
        left.report(1, now=50.0)
        left.seconds  # None: too early to say
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._reports: deque[tuple[float, int]] = deque(maxlen=RECENT)

    def report(self, done: int, now: float) -> None:
        """`done` of the steps are. now: seconds, of any clock."""
        self._reports.append((now, done))

    @property
    def seconds(self) -> float | None:
        """The seconds that are left, None as long as it is too early to say."""
        if len(self._reports) <= ENOUGH:
            return None
        (begun, before), (now, done) = self._reports[0], self._reports[-1]
        if now - begun < SETTLED or done <= before:
            return None
        return (now - begun) / (done - before) * (self._total - done)

    def __str__(self) -> str:
        """'about 5 minutes left'; empty as long as it is too early to say."""
        if (seconds := self.seconds) is None:
            return ""
        minutes = round(seconds / 60)
        if minutes < 2:
            return "about a minute left" if minutes else "less than a minute left"
        return f"about {minutes} minutes left" if minutes < 180 else f"about {round(minutes / 60)} hours left"
