"""Decoding of Velodyne's packets to sectors of turns, each as soon as its last packet is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from data.live.velodyne.devices import FULL_TURN, MAX_STEP, DataPacket
from data.live.velodyne.laser_calibration import DecoderSetup
from data.live.velodyne.turns import decoder_settings, scan_of
from data.scan import Scan
from data.turn_sector import CUT, TurnSector


class SectorDecoder:
    """Decodes packets in order to sectors of turns; a new stream begins after `finish`.

    The packet that reaches the next sector is a sector's last. So the points of a turn's sectors, one after the other,
    are those of the scan that `TurnDecoder` makes of it. Where packets were lost, the sectors that ended meanwhile come
    as soon as a later packet tells, empty if nothing is left of them; that packet is of the sector that it looks into.

    counters: counts 'turns cut short' and 'undecodable' packets. count: of a turn's sectors.
    """

    def __init__(self, counters: Counter[str], count: int) -> None:
        self._counters = counters
        self._count = count
        self._decoder: Any = None
        self._beams = 0
        self._turn = self._scans = 0
        self._parts: list[Scan] = []  # of the sector
        self._begin_turn(0)

    def add(self, data_packet: DataPacket, setup: DecoderSetup) -> Iterator[TurnSector]:
        """Decode a packet; yield the sector that it ends, and before it those that ended while packets were lost."""
        begins = (data_packet.azimuth - CUT * 100) % FULL_TURN
        if self._decoder is None:
            self._start(begins, setup)
        if MAX_STEP < (begins - self._at) % FULL_TURN < FULL_TURN - MAX_STEP:
            yield from self._go_to(begins)
        try:
            times, points = self._decoder.decode([self._packet(data_packet.stamp, data_packet.payload)])
            if len(points):
                self._parts.append(scan_of(times, points, self._beams))
        except (RuntimeError, ValueError):
            self._counters["undecodable"] += 1
        yield from self._go_to((data_packet.end - CUT * 100) % FULL_TURN)

    def finish(self) -> Iterator[TurnSector]:
        """End the stream; yield the sector that was broken off, as its turn's last."""
        if self._decoder is None:
            return
        if self._parts or self._turn_parts:
            yield self._sector(last=True)
        self._decoder = None

    def _start(self, begins: int, setup: DecoderSetup) -> None:
        import velodyne_decoder as vd

        self._decoder, self._packet = vd.ScanDecoder(decoder_settings(setup)), vd.VelodynePacket
        self._beams = setup.sensor.beams
        self._begin_turn(begins)

    def _begin_turn(self, at: int) -> None:
        """Begin a turn at an angle from its beginning, in hundredths of a degree."""
        self._turn_parts: list[Scan] = []
        self._number = at * self._count // FULL_TURN
        self._joined = self._at = at

    def _go_to(self, angle: int) -> Iterator[TurnSector]:
        """Turn on to an angle; yield the sectors that end on the way."""
        travel = (angle - self._at) % FULL_TURN
        if travel > FULL_TURN - MAX_STEP:  # a little back, for the sensor's motor isn't perfectly steady
            return
        self._at += travel
        while self._at * self._count >= (self._number + 1) * FULL_TURN:
            at, last = self._at, self._number == self._count - 1
            yield self._sector(last=last)
            self._number += 1
            if last:
                self._begin_turn(0)
                self._at = at - FULL_TURN

    def _sector(self, *, last: bool) -> TurnSector:
        scan = replace(_joined(self._parts), frame=self._turn, name=f"{self._turn:010d}")
        self._turn_parts += self._parts
        self._parts = []
        number, turn, whole = self._number, self._turn, None
        if last:
            whole = self._whole()
            self._turn += 1
        return TurnSector(turn, number, self._count, scan, last, whole)

    def _whole(self) -> Scan | None:
        """The turn's scan; None where it was joined in its second half, or broken off in its first."""
        if not self._turn_parts:
            return None
        if self._joined > FULL_TURN // 2 or self._at - self._joined < FULL_TURN // 2:
            self._counters["turns cut short"] += 1
            return None
        whole = replace(_joined(self._turn_parts), frame=self._scans, name=f"{self._scans:010d}")
        self._scans += 1
        return whole


def _joined(parts: list[Scan]) -> Scan:
    if not parts:
        return Scan(np.empty((0, 4), np.float32), ring=np.empty(0, np.uint8))
    rings = [part.ring for part in parts if part.ring is not None]
    return Scan(np.concatenate([part.points for part in parts]), stamp=parts[-1].stamp, ring=np.concatenate(rings))
