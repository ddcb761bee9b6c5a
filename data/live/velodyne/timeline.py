"""The timeline of a sensor: its packets in the order in which they were sent, those that don't fit refused.

A spinning sensor is a clock: where it looks follows from when it fires. So each packet's azimuth is checked
against its time, and a forged or damaged one is found out even where its time is plausible. Its clock also goes as fast
as ours: a packet can't be much further ahead than the time since the last one allows. How fast a recording is played
is learnt, as the pace.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from data.live.velodyne.devices import FULL_TURN, MICROSECONDS_PER_HOUR, DataPacket

PROBATION = 16
"""Packets that a new sender sends before any of them is accepted (as RTP's probation, RFC 3550 A.1)."""

REORDERING = 8
"""Packets that may overtake one on the network."""

REMEMBERED = 64
"""Packets that a duplicate is looked for among."""

_MAX_HELD = 32  # packets that are held back at most
_RESUMING_RUN = 4  # packets in a row that end a gap
_MIN_FITTING = 12  # of the packets on probation
_MAX_JUMP = 1_000_000  # microseconds; a sensor that lost more begins anew
_INTERVALS = (20, 5000)  # microseconds between packets: a VLS-128 sends one every 53, a VLP-16 every 1327
_TURN_RATES = (3.0, 30.0)  # a second: what sensors can be set to is 5 to 20
_TURN_PER_MICROSECOND = FULL_TURN / 1e6  # hundredths of a degree, at one turn a second
_AZIMUTH_SLACK = 300  # hundredths of a degree between where a packet should look and where it does
_AZIMUTH_DRIFT = 0.05  # share of the turn since the packet before it
_ADAPTATION = 0.05
_MIN_PACED = 8  # packets from which the pace is taken
_EARLY = REORDERING + 4  # packets that one may be ahead without any time for it, for networks deliver in bursts
_PACE_SLACK = 2.0  # how much faster than its pace a stream may go on
_RELEARN = 64


class Refused(NamedTuple):
    """A packet that doesn't belong, and the reason: 'duplicate', 'late' or 'implausible'."""

    data_packet: DataPacket
    reason: str


def elapsed(since: int, until: int) -> int:
    """Microseconds from one time past the hour to another, at most half an hour forward or back."""
    return (until - since + MICROSECONDS_PER_HOUR // 2) % MICROSECONDS_PER_HOUR - MICROSECONDS_PER_HOUR // 2


class Timeline:
    """One sensor's packets in order, begun by `begin_timeline`.

    counters: 'reordered' packets that others had overtaken, and 'lost' ones, by the gaps that they left.
    """

    def __init__(self, interval: float, rate: float, first: DataPacket, counters: Counter[str]) -> None:
        self.counters = counters
        self._interval = interval
        self._rate = rate  # hundredths of a degree a microsecond
        self._last = first
        self._held: list[tuple[int, int, DataPacket]] = []  # a heap: time since _epoch, number of arrival
        self._epoch = first.time
        self._arrivals = itertools.count()
        self._arrived = -1  # the last one's
        self._recent: deque[int] = deque(maxlen=REMEMBERED)
        self._stamps: deque[float] = deque(maxlen=REMEMBERED)
        self._gaps: deque[int] = deque(maxlen=_RELEARN)

    def put(self, data_packet: DataPacket) -> tuple[list[DataPacket], list[Refused]]:
        """Take a packet; return those that are next in order, and those that are found not to belong."""
        ahead = elapsed(self._last.time, data_packet.time)
        if data_packet.time in self._recent or data_packet.time == self._last.time or self._holds(data_packet.time):
            return [], [Refused(data_packet, "duplicate")]
        if not -_MAX_JUMP < ahead < _MAX_JUMP or self._comes_too_early(data_packet, ahead):
            return [], [Refused(data_packet, "implausible")]
        if ahead <= 0:
            return [], [Refused(data_packet, "late")]
        # Times are counted from a moment that moves along, so that the hour's end is not seen.
        heapq.heappush(self._held, (elapsed(self._epoch, data_packet.time), next(self._arrivals), data_packet))
        return self._release()

    def flush(self) -> tuple[list[DataPacket], list[Refused]]:
        """Release the packets that are held back, as `put` does."""
        return self._release(at_end=True)

    def pending(self) -> list[DataPacket]:
        """The packets that are held back, unchecked."""
        return [data_packet for *_, data_packet in self._held]

    def is_silent(self, stamp: float) -> bool:
        """True if by then so many packets should have come that another timeline may take this one's place."""
        return stamp - self._last.stamp >= self._pace * PROBATION * self._interval * 1e-6 / _PACE_SLACK

    @property
    def _pace(self) -> float:
        """Seconds of the stamps a second of the sensor: 1 of a sensor, less where a recording is played faster.

        0 where the stamps don't tell.
        """
        if len(self._stamps) < _MIN_PACED:
            return 0.0
        span = elapsed(self._recent[0], self._recent[-1]) * 1e-6
        return min(max((self._stamps[-1] - self._stamps[0]) / span, 0.0), 1.0) if span > 0 else 0.0

    def _comes_too_early(self, data_packet: DataPacket, ahead: int) -> bool:
        """True if too little time has gone by since the last packet for one that is so many microseconds ahead."""
        pace, since = self._pace, max(data_packet.stamp - self._last.stamp, 0.0) * 1e6
        return pace > 0 and ahead > _EARLY * self._interval + _PACE_SLACK * since / pace

    def _holds(self, time: int) -> bool:
        return any(data_packet.time == time for *_, data_packet in self._held)

    def _release(self, at_end: bool = False) -> tuple[list[DataPacket], list[Refused]]:
        ready: list[DataPacket] = []
        refused: list[Refused] = []
        while self._held:
            data_packet = self._held[0][2]
            gap = elapsed(self._last.time, data_packet.time)
            if gap > 1.5 * self._interval and not at_end:
                if len(self._held) <= REORDERING:
                    break
                if not self._resumes():
                    if len(self._held) > _MAX_HELD:
                        refused.append(Refused(self._drop_farthest(), "implausible"))
                    break
            _, arrival, data_packet = heapq.heappop(self._held)
            if not self._fits(data_packet, gap) or (at_end and gap > REORDERING * self._interval):
                refused.append(Refused(data_packet, "implausible"))
                continue
            if arrival < self._arrived:
                self.counters["reordered"] += 1
            self._arrived = arrival
            self._follow(data_packet, gap)
            ready.append(data_packet)
        if not self._held:
            self._epoch = self._last.time
        return ready, refused

    def _drop_farthest(self) -> DataPacket:
        """Take out the packet that lies farthest ahead."""
        data_packet = self._held.pop(self._held.index(max(self._held)))[2]
        heapq.heapify(self._held)
        return data_packet

    def _resumes(self) -> bool:
        """True if the first packets after a gap follow one another as a sensor's do, which forged ones don't."""
        times = [time for time, *_ in heapq.nsmallest(_RESUMING_RUN, self._held)]
        return times[-1] - times[0] < 3 * (_RESUMING_RUN - 1) * self._interval

    def _fits(self, data_packet: DataPacket, gap: int) -> bool:
        """True if a sensor that turns as this one does would look there."""
        travel = self._rate * gap
        return abs(_angle(data_packet.azimuth - self._last.azimuth - travel)) < _AZIMUTH_SLACK + _AZIMUTH_DRIFT * travel

    def _follow(self, data_packet: DataPacket, gap: int) -> None:
        if gap > 1.5 * self._interval:
            self.counters["lost"] += round(gap / self._interval) - 1
        else:
            off = _angle(data_packet.azimuth - self._last.azimuth - self._rate * gap)
            # By an interval at least: a forged packet may come right after one of the sensor's.
            rate = self._rate + _ADAPTATION * off / max(gap, self._interval)
            slowest, fastest = (turns * _TURN_PER_MICROSECOND for turns in _TURN_RATES)
            self._rate = min(max(rate, slowest), fastest)
        self._gaps.append(gap)
        if len(self._gaps) == _RELEARN:  # the return mode may have changed, and half as many come a second
            self._interval = median(self._gaps)
            self._gaps.clear()
        self._recent.append(data_packet.time)
        self._stamps.append(data_packet.stamp)
        self._last = data_packet


def begin_timeline(
    data_packets: Sequence[DataPacket], counters: Counter[str]
) -> tuple[Timeline, list[DataPacket], list[Refused]] | None:
    """Begin a timeline with the packets that fit together; return it, those packets in order, and the others.

    None where too few fit. data_packets: `PROBATION` of them, of different times, in the order in which they came.
    """
    origin = data_packets[0].time
    ordered = sorted(data_packets, key=lambda data_packet: elapsed(origin, data_packet.time))
    gaps = [elapsed(a.time, b.time) for a, b in itertools.pairwise(ordered)]
    interval = median(gaps)
    if not _INTERVALS[0] <= interval <= _INTERVALS[1]:
        return None
    rate = median(
        (b.azimuth - a.azimuth) % FULL_TURN / gap for (a, b), gap in zip(itertools.pairwise(ordered), gaps, strict=True)
    )
    if not _TURN_RATES[0] * _TURN_PER_MICROSECOND <= rate <= _TURN_RATES[1] * _TURN_PER_MICROSECOND:
        return None

    def fitting(reference: DataPacket) -> list[DataPacket]:
        return [
            data_packet
            for data_packet in ordered
            if abs(gap := elapsed(reference.time, data_packet.time)) < 4 * PROBATION * interval
            and abs(_angle(data_packet.azimuth - reference.azimuth - rate * gap))
            < _AZIMUTH_SLACK + _AZIMUTH_DRIFT * abs(rate * gap)
        ]

    chosen = max(map(fitting, ordered), key=len)
    if len(chosen) < _MIN_FITTING:
        return None
    timeline = Timeline(interval, rate, chosen[0], counters)
    ready, refused = [chosen[0]], []
    for data_packet in chosen[1:]:
        more, unfit = timeline.put(data_packet)
        ready += more
        refused += unfit
    members = {data_packet.time for data_packet in chosen}
    refused += [Refused(data_packet, "implausible") for data_packet in data_packets if data_packet.time not in members]
    return timeline, ready, refused


def _angle(difference: float) -> float:
    """The same angle within half a turn, in hundredths of a degree."""
    return (difference + FULL_TURN / 2) % FULL_TURN - FULL_TURN / 2
