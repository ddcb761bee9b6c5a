"""A sensor's packets put in the order in which they were sent, and what doesn't fit among them taken out.

A spinning sensor is a clock: where it looks follows from when it fires. So each packet's azimuth is checked
against its time, and a forged or damaged one is found out even where its time is plausible.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from data.live.velodyne.devices import TURN, Firing

HOUR = 3_600_000_000
"""Microseconds after which a sensor's clock begins anew."""

AUDITION = 16
"""Packets that a sender must send before it is believed."""

REORDERING = 8
"""Packets that may overtake one on the network."""

REMEMBERED = 64
"""Packets that a duplicate is looked for among."""

_HELD = 32  # packets that are held back at most
_RUN = 4
_FITTING = 12  # of those of an audition
_AHEAD = 1_000_000  # microseconds; a sensor that lost more begins anew
_INTERVALS = (20, 5000)  # microseconds between packets: a VLS-128 sends one every 53, a VLP-16 every 1327
_TURNS = (3.0, 30.0)  # a second: what sensors can be set to is 5 to 20
_PER_MICROSECOND = TURN / 1e6  # hundredths of a degree, at one turn a second
_SLACK = 300  # hundredths of a degree between where a packet should look and where it does
_DRIFT = 0.05  # share of the turn since the packet before it
_ADAPTATION = 0.05
_RELEARN = 64


class Refused(NamedTuple):
    """A packet that doesn't belong, and why: 'duplicate', 'late' or 'implausible'."""

    firing: Firing
    reason: str


def elapsed(since: int, until: int) -> int:
    """Microseconds from one time past the hour to another, at most half an hour forward or back."""
    return (until - since + HOUR // 2) % HOUR - HOUR // 2


class Timeline:
    """One sensor's packets in order. Begin one with `audition`.

    counters: 'reordered' packets that others had overtaken, and 'lost' ones, by the gaps that they left.
    """

    def __init__(self, interval: float, rate: float, first: Firing, counters: Counter[str]) -> None:
        self.counters = counters
        self._interval = interval
        self._rate = rate  # hundredths of a degree a microsecond
        self._last = first
        self._held: list[tuple[int, int, Firing]] = []  # a heap: time since _epoch, number of arrival
        self._epoch = first.time
        self._arrivals = itertools.count()
        self._arrived = -1  # the last one's
        self._recent: deque[int] = deque(maxlen=REMEMBERED)
        self._gaps: deque[int] = deque(maxlen=_RELEARN)

    def put(self, firing: Firing) -> tuple[list[Firing], list[Refused]]:
        """Take a packet in; those whose turn it now is, and those that are found not to belong."""
        ahead = elapsed(self._last.time, firing.time)
        if firing.time in self._recent or firing.time == self._last.time or self._holds(firing.time):
            return [], [Refused(firing, "duplicate")]
        if not -_AHEAD < ahead < _AHEAD:
            return [], [Refused(firing, "implausible")]
        if ahead <= 0:
            return [], [Refused(firing, "late")]
        # Times are counted from a moment that moves along, so that the hour's end is not seen.
        heapq.heappush(self._held, (elapsed(self._epoch, firing.time), next(self._arrivals), firing))
        return self._release()

    def flush(self) -> tuple[list[Firing], list[Refused]]:
        """What is still held back, as `put`."""
        return self._release(at_end=True)

    def pending(self) -> list[Firing]:
        """What is still held back, as it is."""
        return [firing for *_, firing in self._held]

    def _holds(self, time: int) -> bool:
        return any(firing.time == time for *_, firing in self._held)

    def _release(self, at_end: bool = False) -> tuple[list[Firing], list[Refused]]:
        ready: list[Firing] = []
        refused: list[Refused] = []
        while self._held:
            firing = self._held[0][2]
            gap = elapsed(self._last.time, firing.time)
            if gap > 1.5 * self._interval and not at_end:
                if len(self._held) <= REORDERING:
                    break
                if not self._resumes():
                    if len(self._held) > _HELD:
                        refused.append(Refused(self._drop_farthest(), "implausible"))
                    break
            _, arrival, firing = heapq.heappop(self._held)
            if not self._fits(firing, gap) or (at_end and gap > REORDERING * self._interval):
                refused.append(Refused(firing, "implausible"))
                continue
            if arrival < self._arrived:
                self.counters["reordered"] += 1
            self._arrived = arrival
            self._follow(firing, gap)
            ready.append(firing)
        if not self._held:
            self._epoch = self._last.time
        return ready, refused

    def _drop_farthest(self) -> Firing:
        """Take out the packet that lies farthest ahead."""
        firing = self._held.pop(self._held.index(max(self._held)))[2]
        heapq.heapify(self._held)
        return firing

    def _resumes(self) -> bool:
        """Whether the first packets after a gap follow one another as a sensor's do, which forged ones don't."""
        times = [time for time, *_ in heapq.nsmallest(_RUN, self._held)]
        return times[-1] - times[0] < 3 * (_RUN - 1) * self._interval

    def _fits(self, firing: Firing, gap: int) -> bool:
        """Whether a sensor that turns as this one does would look there."""
        travel = self._rate * gap
        return abs(_angle(firing.azimuth - self._last.azimuth - travel)) < _SLACK + _DRIFT * travel

    def _follow(self, firing: Firing, gap: int) -> None:
        if gap > 1.5 * self._interval:
            self.counters["lost"] += round(gap / self._interval) - 1
        else:
            off = _angle(firing.azimuth - self._last.azimuth - self._rate * gap)
            rate = self._rate + _ADAPTATION * off / gap
            slowest, fastest = (turns * _PER_MICROSECOND for turns in _TURNS)
            self._rate = min(max(rate, slowest), fastest)
        self._gaps.append(gap)
        if len(self._gaps) == _RELEARN:  # the return mode may have changed, and half as many come a second
            self._interval = median(self._gaps)
            self._gaps.clear()
        self._recent.append(firing.time)
        self._last = firing


def audition(firings: Sequence[Firing], counters: Counter[str]) -> tuple[Timeline, list[Firing], list[Refused]] | None:
    """A timeline begun by packets of which most fit together, those that do, in order, and the others.

    None where too few do. firings: `AUDITION` of them, of different times, in the order in which they came.
    """
    origin = firings[0].time
    ordered = sorted(firings, key=lambda firing: elapsed(origin, firing.time))
    gaps = [elapsed(a.time, b.time) for a, b in itertools.pairwise(ordered)]
    interval = median(gaps)
    if not _INTERVALS[0] <= interval <= _INTERVALS[1]:
        return None
    rate = median(
        (b.azimuth - a.azimuth) % TURN / gap for (a, b), gap in zip(itertools.pairwise(ordered), gaps, strict=True)
    )
    if not _TURNS[0] * _PER_MICROSECOND <= rate <= _TURNS[1] * _PER_MICROSECOND:
        return None

    def fitting(reference: Firing) -> list[Firing]:
        return [
            firing
            for firing in ordered
            if abs(gap := elapsed(reference.time, firing.time)) < 4 * AUDITION * interval
            and abs(_angle(firing.azimuth - reference.azimuth - rate * gap)) < _SLACK + _DRIFT * abs(rate * gap)
        ]

    chosen = max(map(fitting, ordered), key=len)
    if len(chosen) < _FITTING:
        return None
    timeline = Timeline(interval, rate, chosen[0], counters)
    ready, refused = [chosen[0]], []
    for firing in chosen[1:]:
        more, unfit = timeline.put(firing)
        ready += more
        refused += unfit
    members = {firing.time for firing in chosen}
    refused += [Refused(firing, "implausible") for firing in firings if firing.time not in members]
    return timeline, ready, refused


def _angle(difference: float) -> float:
    """The same angle within half a turn, in hundredths of a degree."""
    return (difference + TURN / 2) % TURN - TURN / 2
