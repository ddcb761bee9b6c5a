"""A stream of sectors: each at once and in order, whole turns for those who want them, queues bounded."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from helpers.engine import ReflectanceEngine, segmenter

from data.scan import Scan
from data.turn_sector import cut_turn
from projection import PRESETS
from squeezeseg.running.sector_stream import SectorStream

SENSOR = PRESETS["vlp16"]
TIMEOUT = 30
COUNT = 8


def scan_of(number, ring=8):
    azimuths = np.deg2rad(np.arange(-175, 180, 10.0))
    points = np.stack([10 * np.cos(azimuths), 10 * np.sin(azimuths), 0 * azimuths, 0 * azimuths + 0.9], axis=1)
    return Scan(points.astype(np.float32), number, f"{number:010d}", ring=np.full(len(points), ring, np.uint8))


class Turning:
    """A source of turns that are there already, after each of which it waits for the test."""

    name, status, pauses, sensor = "turning", "running", 0, SENSOR

    def __init__(self, scans, *, waits=True, gate=None):
        self.given, self.waits, self.gate = scans, waits, gate
        self.counters = {}
        self.taken = 0
        self.closed = threading.Event()

    def sectors(self, count):
        for turn, scan in enumerate(self.given):
            if isinstance(scan, Exception):
                raise scan
            for sector in cut_turn(scan, turn, count, SENSOR):
                if self.gate is not None:
                    self.gate(self, turn)
                self.taken += 1
                yield sector

    def close(self):
        self.closed.set()


class Engine(ReflectanceEngine):
    """Works when the gate is open."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, inputs):
        self.gate.wait(TIMEOUT)
        return super().__call__(inputs)

    def clone(self):
        return self


def make():
    one = segmenter(sensor=SENSOR)
    one._pixels.engine = Engine()
    return one


def until(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def places(frames):
    return [(one.labelled.sector.turn, one.labelled.sector.number) for one in frames]


def test_sectors_come_at_once_and_turns_when_they_are_whole():
    scans = [scan_of(number) for number in range(3)]
    stream = SectorStream(Turning(scans), make(), COUNT, keep_all=True)
    sectors, turns = stream.subscribe_sectors(99), stream.subscribe(9)
    with stream:
        assert stream.wait(TIMEOUT)
    sectors, turns = list(sectors), list(turns)
    assert places(sectors) == [(turn, number) for turn in range(3) for number in range(COUNT)]
    assert [one.number for one in sectors] == list(range(24))
    assert [(one.number, one.scan.name) for one in turns] == [(k, f"{k:010d}") for k in range(3)]
    assert all((one.labelled.labels == 1).all() for one in sectors)
    assert all((one.result.labels == 1).all() and len(one.result) == len(scans[0]) for one in turns)
    assert all(before.arrived <= before.done for before in sectors)
    facts = stream.facts()
    assert (facts.scans, facts.frames, sum(facts.drops.values())) == (3, 3, 0)


def test_a_sector_is_handed_on_before_the_next_is_there():
    goes_on = threading.Semaphore(1)
    source = Turning([scan_of(0)], gate=lambda *_: goes_on.acquire(timeout=TIMEOUT))
    stream = SectorStream(source, make(), COUNT)
    with stream.subscribe_sectors(9) as sectors, stream:
        for number in range(COUNT):
            assert sectors.get(TIMEOUT).labelled.sector.number == number
            assert source.taken == number + 1
            goes_on.release()


def test_what_is_too_much_is_dropped_turn_by_turn_and_the_delay_does_not_grow():
    one, goes_on = make(), threading.Event()
    one.engine.gate.clear()

    def gate(_, turn):
        if turn == 4:
            goes_on.wait(TIMEOUT)
            until(lambda: len(stream._waiting) < COUNT // 2)

    stream = SectorStream(Turning([scan_of(k) for k in range(5)], waits=False, gate=gate), one, COUNT)
    most = []
    sectors, turns = stream.subscribe_sectors(99), stream.subscribe(9)
    with stream:
        until(lambda: most.append(len(stream._waiting)) or stream._scans == 4)
        one.engine.gate.set()
        goes_on.set()
        assert stream.wait(TIMEOUT)
    assert max(most) <= COUNT // 2
    assert [turn for turn, _ in places(sectors)].count(4) == COUNT
    assert [frame.scan.frame for frame in turns] == [4]
    facts = stream.facts()
    assert (facts.scans, facts.frames, facts.drops["loading"]) == (5, 1, 4)


def test_a_turn_with_a_sector_that_is_refused_is_passed_over(caplog):
    scans = [scan_of(0), scan_of(1, ring=99), scan_of(2)]
    stream = SectorStream(Turning(scans), make(), COUNT, keep_all=True)
    turns = stream.subscribe(9)
    with stream:
        assert stream.wait(TIMEOUT)
    assert [one.scan.frame for one in turns] == [0, 2]
    assert stream.facts().drops["refused"] == 1
    assert len([line for line in caplog.messages if "skipped" in line]) == 1


def test_frames_are_turns():
    stream = SectorStream(Turning([scan_of(k) for k in range(5)]), make(), COUNT, frames=2, keep_all=True)
    with stream:
        assert stream.wait(TIMEOUT)
    assert stream.facts().frames == 2


def test_an_error_of_the_source_comes_after_what_was_read():
    stream = SectorStream(Turning([scan_of(0), ValueError("damaged")]), make(), COUNT, keep_all=True)
    with pytest.raises(ValueError, match="damaged"), stream:
        stream.wait(TIMEOUT)
    assert stream.facts().frames == 1
