"""Sensors of other makers, named by their packets."""

from __future__ import annotations

import pytest
from helpers.velodyne import packets

from data.live import open_live
from data.live.capture_writer import CaptureWriter
from data.live.makers import MakerTally, maker_of
from data.live.packets import Packet
from projection import InputError

# As on the wire: size, port, first bytes.
KNOWN = {
    "Ouster OS1-64": (12608, 7502, b"", "Ouster"),
    "Ouster OS0-128": (24896, 7502, b"", "Ouster"),
    "Ouster OS1-128, dual returns": (33024, 7502, b"\x01\x00", "Ouster"),
    "Ouster's IMU": (48, 7503, b"", "Ouster"),
    "Hesai Pandar40P": (1262, 2368, b"\xff\xee", "Hesai"),
    "Hesai Pandar64": (1194, 2368, b"\xee\xff\x40\x06", "Hesai"),
    "Hesai XT32": (1080, 2368, b"\xee\xff\x06\x01", "Hesai"),
    "Robosense RS-LiDAR-16": (1248, 6699, bytes.fromhex("55aa050a5aa550a0"), "Robosense"),
    "Robosense Ruby": (1248, 6699, bytes.fromhex("55aa055a"), "Robosense"),
    "Robosense M1": (1210, 6699, bytes.fromhex("55aa5aa5"), "Robosense"),
    "Livox Mid-360": (1380, 56301, b"\x00", "Livox"),
    "Livox Avia": (1362, 60001, b"\x05", "Livox"),
    "Velodyne": (1206, 2368, b"\xff\xee", None),
    "Velodyne's position": (512, 8308, b"", None),
    "DNS": (48, 53, b"", None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_maker_is_recognised(name):
    size, port, head, maker = KNOWN[name]
    assert maker_of(head.ljust(min(size, 1400), b"\x10"), size, port) == maker


def test_the_advice_names_size_port_maker_and_remedy():
    tally = MakerTally()
    assert tally.advice == ""
    for _ in range(5):
        tally.add(bytes(1400), 12608, 7502)
    tally.add(bytes(48), 48, 7503)
    for word in ("12,608 bytes to port 7502", "Ouster", "metadata", "--calibration"):
        assert word in tally.advice


def test_a_capture_of_another_maker_says_so(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for k in range(20):
            writer.write(Packet(k * 1e-3, ("10.0.0.1", 2368), b"\xee\xff".ljust(1194, b"\0")))
    with pytest.raises(InputError, match=r"a\.pcap: packets of 1,194 bytes to port 2368, which look like Hesai's"):
        list(open_live(str(tmp_path / "a.pcap"), rate="max").scans())


def test_other_packets_beside_a_velodynes_are_no_matter(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for packet in packets("vlp16", turns=2):
            writer.write(packet)
            writer.write(Packet(packet.stamp, ("10.0.0.1", 2368), b"\xee\xff".ljust(1194, b"\0")))
    assert len(list(open_live(str(tmp_path / "a.pcap"), rate="max").scans())) == 2
