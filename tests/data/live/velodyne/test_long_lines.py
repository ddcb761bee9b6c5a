"""Long lines with much damage: each packet is counted, scans are complete, and memory stays as it is."""

from __future__ import annotations

import pytest
from helpers.line import POINTS, besides, instead
from helpers.memory import MIB, resident

from data.live.makers import MakerTally
from data.live.velodyne.source import VelodyneSource

PACKETS = 50_000
VERDICTS = ("accepted", "telemetry", "malformed", "foreign", "duplicate", "late", "implausible")


class Line:
    def __init__(self, sent):
        self.sent = sent
        self.counters = {}
        self.makers = MakerTally()

    def __iter__(self):
        return self.sent


def hear(sent, total):
    """Sizes of the scans, the source, and how much memory grew after the first fifth."""
    source = VelodyneSource("line", Line(sent))
    sizes, before = [], 0
    for scan in source.scans():
        sizes.append(len(scan))
        if not before and source.counters["received"] > total // 5:
            before = resident()
    assert sum(source.counters.get(verdict, 0) for verdict in VERDICTS) == source.counters["received"] == total
    return sizes, source, resident() - before


@pytest.mark.slow
def test_a_tenth_of_all_packets_damaged():
    sizes, source, growth = hear(instead(0.1, PACKETS, seed=1), PACKETS)
    assert source.counters.get("restarts", 0) == 0
    assert 0.85 < source.counters["accepted"] / PACKETS < 0.95
    assert len(sizes) == pytest.approx(PACKETS * 12 * 32 / POINTS, abs=3)
    assert growth < 16 * MIB


@pytest.mark.slow
def test_four_tenths_more_packets_than_the_sensors_cost_no_point():
    sizes, source, growth = hear(besides(0.4, PACKETS, seed=2), PACKETS)
    assert source.counters.get("restarts", 0) == 0
    assert source.counters.get("lost", 0) == 0
    assert min(sizes[:-1]) == POINTS
    assert sum(size > POINTS for size in sizes) < len(sizes) / 100  # a forged packet that fits by chance
    assert growth < 16 * MIB
