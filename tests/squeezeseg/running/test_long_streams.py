"""A stream that goes on for long takes no more memory than at its beginning."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from helpers.engine import segmenter
from helpers.memory import MIB, resident
from helpers.scans import SMALL, full_scan

from data.scan import Scan
from squeezeseg.running.stream import Stream

SENSOR = replace(SMALL, columns=128)
SCANS = 2000


class Endless:
    """Scans of some lengths, again and again; new arrays each time, as a sensor's are."""

    name, status, waits, pauses, sensor = "endless", "running", True, 0, SENSOR
    counters: Mapping[str, int] = {}

    def __init__(self):
        self.clouds = [full_scan(SENSOR, step=2.0, seed=seed)[0][: -1 - 7 * seed] for seed in range(4)]
        self.closed = False

    def scans(self):
        for number, points in enumerate(itertools.cycle(self.clouds)):
            if self.closed:
                return
            yield Scan(points.copy(), number, f"{number:010d}")

    def close(self):
        self.closed = True


def stream_through(total):
    """How much memory grew after the first fifth, and the numbers of the frames that a slow subscriber got."""
    stream = Stream(Endless(), segmenter(sensor=SENSOR), frames=total, keep_all=True)
    seen, before = 0, 0
    with stream.subscribe(depth=2) as slow, stream.subscribe(depth=4, keep_all=True) as every, stream:
        for frame in every:
            assert frame.number == seen
            seen += 1
            if seen == total // 5:
                before = resident()
        assert seen == total
        late = [frame.number for frame in slow]
    assert late == [total - 2, total - 1]
    assert stream.facts().drops["subscriber"] == total - 2
    return resident() - before


@pytest.mark.slow
def test_thousands_of_frames_leave_nothing_behind():
    assert stream_through(SCANS) < 8 * MIB
