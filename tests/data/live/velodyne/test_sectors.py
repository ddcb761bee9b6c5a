"""Velodyne's packets become sectors: in order, none missing, and together the scans that turns make."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest
from helpers.real import folder
from helpers.velodyne import calibration_bytes, packets

from data.live.captures import read_capture
from data.live.makers import MakerTally
from data.live.velodyne.source import VelodyneSource

ELEVATIONS = np.linspace(-24.8, 2.0, 64)


class Line:
    """Packets that are there already."""

    def __init__(self, sent):
        self.sent = sent
        self.counters = {}
        self.makers = MakerTally()

    def __iter__(self):
        return iter(self.sent)


def sectors_of(sent, count=8):
    source = VelodyneSource("line", Line(sent))
    return list(source.sectors(count)), source


def in_order(sectors):
    """Whether each sector is the one after the one before."""
    return all(
        (b.turn, b.number) == ((a.turn + 1, 0) if a.last else (a.turn, a.number + 1)) for a, b in pairwise(sectors)
    )


def same_scans(sent, count=8):
    """Whether sectors come in order, and make up the scans that `scans` gives of the same packets."""
    sectors, source = sectors_of(sent, count)
    plain = VelodyneSource("line", Line(sent))
    scans = list(plain.scans())
    wholes = [one.whole for one in sectors if one.whole is not None]
    turns = [list(parts) for _, parts in groupby(sectors, key=lambda one: one.turn)]
    made = [np.concatenate([part.scan.points for part in turn]) for turn in turns if turn[-1].whole is not None]
    for whole, points, scan in zip(wholes, made, scans, strict=True):
        for one in (whole.points, points):
            np.testing.assert_array_equal(one, scan.points)
        np.testing.assert_array_equal(whole.ring, scan.ring)
        assert (whole.frame, whole.name, whole.stamp) == (scan.frame, scan.name, scan.stamp)
    assert source.counters == plain.counters
    return in_order(sectors)


@pytest.mark.parametrize(
    ("device", "turns", "begin", "status"),
    [
        ("vlp16", 3.2, 180, b""),
        ("vlp16", 2.7, 10, b""),
        ("hdl32e", 2, 200, b""),
        ("hdl64e", 15, 77, calibration_bytes(ELEVATIONS)),
    ],
)
@pytest.mark.parametrize("count", [8, 16])
def test_sectors_make_up_the_scans(device, turns, begin, status, count):
    assert same_scans(packets(device, turns=turns, azimuth=begin, status=status), count)


@pytest.mark.parametrize("name", ["sample_velodyne_vlp16_gps.pcap", "sample_velodyne_hdl32.pcap"])
def test_sectors_make_up_the_scans_of_real_packets(name):
    if not (path := folder() / "captures" / name).is_file():
        pytest.skip(f"no {path}")
    assert same_scans(list(read_capture(path)))


def test_a_sector_is_there_with_its_last_packet():
    sent = packets("vlp16", turns=2)
    sectors, _ = sectors_of(sent)
    whole = sum(len(one.scan) for one in sectors)
    for number in (3, 6):
        upto = round((number + 1) / 8 * 100_000 / 1327.104) + 1
        few, _ = sectors_of(sent[:upto])
        assert len(few) - 1 >= number  # the last is what was broken off
        np.testing.assert_array_equal(few[number].scan.points, sectors[number].scan.points)
    assert whole == len(sent) * 384


def test_lost_packets_leave_sectors_empty_and_nothing_out():
    sent = packets("vlp16", turns=3)
    lost = range(94, 122)  # of the second turn: from 90 degrees after its beginning to 220
    kept = [packet for k, packet in enumerate(sent) if k not in lost]
    sectors, source = sectors_of(kept)
    assert source.counters["lost"] == len(lost)
    assert in_order(sectors)
    assert [one.number for one in sectors if one.turn == 1] == list(range(8))
    assert [one.number for one in sectors if not len(one.scan)] == [2, 3]
    assert sum(len(one.scan) for one in sectors) == len(kept) * 384


def test_packets_lost_at_the_seam_belong_to_the_turn_in_which_they_look():
    sent = packets("vlp16", turns=3)
    sectors, _ = sectors_of([packet for k, packet in enumerate(sent) if k not in range(70, 82)])
    assert in_order(sectors)
    for one in sectors:
        azimuths = np.degrees(np.arctan2(one.scan.points[:, 1], one.scan.points[:, 0]))
        assert ((185 - azimuths - one.number * 45) % 360 < 56).all()  # a packet goes on for 4.8 degrees


def test_a_sector_cut_short_ends_its_turn():
    sectors, source = sectors_of(packets("vlp16", turns=1.3))
    assert [(one.number, one.last, one.whole is not None) for one in sectors[-4:]] == [
        (7, True, True), (0, False, False), (1, False, False), (2, True, False),
    ]  # fmt: skip
    assert source.counters["turns cut short"] == 1
