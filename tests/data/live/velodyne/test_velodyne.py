"""Velodyne's packets become scans: frame, beams, turns, calibration; on made packets and on real captures."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
import velodyne_decoder as vd
import yaml
from helpers.velodyne import calibration_bytes, packets, status_tail
from hypothesis import given, settings
from hypothesis import strategies as st

from data.live import DEVICES
from data.live.makers import MakerTally
from data.live.packets import Packet
from data.live.velodyne.laser_calibration import CalibrationCollector, decoder_setup
from data.live.velodyne.source import VelodyneSource
from projection import PRESETS, InputError, Sensor, project

ELEVATIONS = np.linspace(-24.8, 2.0, 64)


class Line:
    """Packets that are there already; a number is a moment in which none came."""

    def __init__(self, sent):
        self.sent = sent
        self.counters = {}
        self.makers = MakerTally()
        self.closed = False

    def __iter__(self):
        return iter(self.sent)

    def close(self):
        self.closed = True


def decode(sent, **settings):
    source = VelodyneSource("line", Line(sent), **settings)
    return list(source.scans()), source


def azimuth_of(scan):
    """Degrees, growing to the left from straight ahead."""
    return np.degrees(np.arctan2(scan.points[:, 1], scan.points[:, 0]))


@pytest.mark.parametrize(("device", "beams"), [("vlp16", 16), ("hdl32e", 32)])
def test_a_turn_is_a_scan(device, beams):
    scans, source = decode(packets(device, turns=3))
    assert [scan.frame for scan in scans] == [0, 1, 2]
    assert [scan.name for scan in scans] == ["0000000000", "0000000001", "0000000002"]
    firings = 100_000 / (55.296 if device == "vlp16" else 46.08)
    assert all(len(scan) == pytest.approx(firings * beams, rel=0.01) for scan in scans)
    assert scans[1].stamp - scans[0].stamp == pytest.approx(0.1, abs=0.002)
    assert source.status == "ended"
    assert source.sensor == PRESETS[DEVICES[device].sensor]


@pytest.mark.parametrize("device", ["vlp16", "hdl32e"])
def test_the_highest_beam_is_ring_0(device):
    (scan, *_), source = decode(packets(device, turns=2))
    xyz = scan.points[:, :3].astype(float)
    elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))
    measured = [np.median(elevation[scan.ring == ring]) for ring in range(source.sensor.beams)]
    np.testing.assert_allclose(measured, source.sensor.elevations, atol=0.25)


@pytest.mark.parametrize(("sensors_azimuth", "ours"), [(0, 0), (90, -90), (270, 90), (45, -45)])
def test_x_is_ahead_and_y_is_left(sensors_azimuth, ours):
    """The sensor counts its azimuth clockwise from above."""

    def distance(looks):
        return 5.0 if abs((looks - sensors_azimuth + 180) % 360 - 180) < 10 else 20.0

    (scan, *_), _ = decode(packets("vlp16", turns=2, distance=distance))
    near = np.linalg.norm(scan.points[:, :3], axis=1) < 10
    assert 0.04 < near.mean() < 0.07
    assert np.median(azimuth_of(scan)[near]) == pytest.approx(ours, abs=0.5)


def test_intensities_are_0_to_1():
    (scan, *_), _ = decode(packets("vlp16", turns=2, intensity=51))
    assert np.unique(scan.points[:, 3]) == pytest.approx([0.2])


def test_a_scan_begins_and_ends_behind():
    scans, _ = decode(packets("vlp16", turns=4, azimuth=200))
    for scan in scans[1:-1]:
        assert np.abs(azimuth_of(scan)[[0, -1]]).min() > 175


@pytest.mark.parametrize(
    ("begin", "turns", "scans", "short"),
    [
        (180, 2, 2, 0),
        (190, 2, 2, 1),
        (350, 1, 1, 1),
        (10, 2, 2, 1),
        (10, 1.3, 1, 1),
        (180, 1.7, 2, 0),
        (180, 1.3, 1, 1),
    ],
)
def test_turns_of_less_than_half_are_no_scans(begin, turns, scans, short):
    found, source = decode(packets("vlp16", turns=turns, azimuth=begin))
    assert (len(found), source.counters.get("turns cut short", 0)) == (scans, short)


def test_scans_can_be_projected():
    (scan, *_), source = decode(packets("hdl32e", turns=2))
    image = project(scan.points, source.sensor, scan.ring)
    assert image.mask.mean() > 0.99


def test_a_sensor_that_falls_silent_and_comes_back():
    first, second = packets("vlp16", turns=2), packets("vlp16", turns=2, begin=5_000_000)
    last = first[-1].stamp
    source = VelodyneSource("line", Line([*first, last + 0.5, last + 2.5, *second]))
    scans = source.scans()
    seen = [(source.status, next(scans).stamp > last) for _ in range(2)]
    assert source.status == "running"
    rest = list(scans)
    assert [stamp for _, stamp in seen] == [False, False]
    assert [scan.frame for scan in rest] == [2, 3]
    assert source.counters["restarts"] == 1


def test_silence_is_told():
    sent = packets("vlp16", turns=1)
    last = sent[-1].stamp
    states = []

    class Watched(Line):
        def __iter__(self):
            states.append(source.status)
            yield from self.sent
            states.append(source.status)
            for later in (0.5, 1.5, 3.4):
                yield last + later
                states.append(source.status)

    source = VelodyneSource("line", Watched(sent))
    list(source.scans())
    assert states == ["waiting for packets", "running", "running", "silent for 2 s", "silent for 3 s"]


def test_a_gap_costs_no_scan():
    sent = packets("hdl32e", turns=4)
    scans, source = decode(sent[:300] + sent[340:])
    assert len(scans) == 4
    assert source.counters["lost"] == 40


def test_an_hdl64e_sends_its_calibration():
    sent = packets("hdl64e", turns=14, status=calibration_bytes(ELEVATIONS), turns_per_second=10)
    states = []

    class Watched(Line):
        def __iter__(self):
            for k, packet in enumerate(self.sent):
                if k % 1000 == 999:
                    states.append(source.status)
                yield packet

    source = VelodyneSource("line", Watched(sent))
    scans = list(source.scans())
    assert states[:3] == [
        "waiting for calibration 26 %",
        "waiting for calibration 51 %",
        "waiting for calibration 77 %",
    ]
    assert states[3] == "running"
    np.testing.assert_allclose(source.sensor.elevations, ELEVATIONS[::-1], atol=0.006)
    assert len(scans) == 3
    assert np.array_equal(np.unique(scans[1].ring), np.arange(64))


@pytest.mark.parametrize("lost", [1, 2000, 2009])
def test_an_hdl64e_whose_packet_gets_lost_begins_again(lost):
    sent = packets("hdl64e", turns=24, status=calibration_bytes(ELEVATIONS))
    line = Line([*sent[:lost], *sent[lost + 1 : 3880]])
    assert decode(line.sent)[0] == []
    scans, source = decode([*sent[:lost], *sent[lost + 1 :]])
    assert len(scans) in (12, 13) if lost == 1 else len(scans) == 7
    np.testing.assert_allclose(source.sensor.elevations, ELEVATIONS[::-1], atol=0.006)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_status_bytes_are_a_calibration_or_none(data):
    """Damage is found, or what is read makes a sensor."""
    status = bytearray(calibration_bytes(ELEVATIONS))
    for _ in range(data.draw(st.integers(0, 3))):
        status[data.draw(st.integers(0, len(status) - 1))] = data.draw(st.integers(0, 255))
    collected = CalibrationCollector()
    current = data.draw(st.integers(0, 255))  # the month's number, among others
    found = None
    for k in range(5000):
        kind, value = status_tail(k, bytes(status))
        tail = bytes(4) + bytes([kind, current if chr(kind) in "MDNY" and current else value])
        found = collected.add(bytes(1200) + tail)
        assert 0 <= collected.progress <= 1
        if found is not None:
            break
    if found is not None:
        assert decoder_setup(DEVICES["hdl64e"], found, collected.series).sensor.beams == 64


def calibration_file(folder, name="VLP-16.yml"):
    calibration = vd.calibrations.get_bundled_calibration(name)
    path = folder / "own.yml"
    calibration.write(str(path))
    return path


def test_a_sensor_that_only_tells_of_the_moment_fills_no_memory():
    collected = CalibrationCollector()
    for _ in range(3 << 14):
        assert collected.add(bytes(1204) + b"H\x0c") is None
        assert len(collected._tails) <= 1 << 14


def test_an_hdl64e_with_a_calibration_file_needs_not_wait(tmp_path):
    path = calibration_file(tmp_path, "HDL-64E_S3-VeloView.yml")
    scans, source = decode(packets("hdl64e", turns=2), calibration=path)
    assert len(scans) == 2
    assert source.sensor.elevations[0] == pytest.approx(2.81)


def test_a_calibration_file_moves_the_beams(tmp_path):
    path = calibration_file(tmp_path)
    own = yaml.safe_load(path.read_text())
    for laser in own["lasers"]:
        laser["vert_correction"] = float(laser["vert_correction"] + np.radians(1))
    path.write_text(yaml.safe_dump(own))
    _, source = decode(packets("vlp16"), calibration=path)
    np.testing.assert_allclose(source.sensor.elevations, np.add(PRESETS["vlp16"].elevations, 1), atol=1e-4)


@pytest.mark.parametrize(
    "content", ["", "lasers: 3", "a: [", "\0", "lasers: []\nnum_lasers: 0\ndistance_resolution: 1\n"]
)
def test_a_file_that_is_no_calibration_is_refused(tmp_path, content):
    path = tmp_path / "own.yml"
    path.write_text(content)
    with pytest.raises(InputError, match=r"own\.yml"):
        decode(packets("vlp16"), calibration=path, device=DEVICES["vlp16"])


def test_another_devices_calibration_is_refused(tmp_path):
    with pytest.raises(InputError, match="calibrates 16 lasers, but a hdl32e has 32"):
        decode(packets("hdl32e"), calibration=calibration_file(tmp_path))


def test_a_sensor_with_other_beams_is_refused():
    with pytest.raises(InputError, match="sensor hdl64 has 64 beams, but the device has 16"):
        decode(packets("vlp16"), sensor=PRESETS["hdl64"])


def test_the_sensor_and_its_height_can_be_chosen():
    mine = replace(PRESETS["vlp16"], name="mine")
    _, source = decode(packets("vlp16"), sensor=mine, height=2.5)
    assert source.sensor == replace(mine, height=2.5)
    assert isinstance(source.sensor, Sensor)


def test_closing_closes_the_line():
    line = Line([])
    VelodyneSource("line", line).close()
    assert line.closed


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_damaged_packets_harm_no_scan(data):
    """Whatever else is on the line, each whole turn of the sensor is there."""
    sent = packets("vlp16", turns=2)
    mixed = list(sent[:20])
    for packet in sent[20:]:
        if data.draw(st.integers(0, 5)) == 0:
            damaged = bytearray(packet.payload)
            for _ in range(3):
                damaged[data.draw(st.integers(0, 1205))] = data.draw(st.integers(0, 255))
            struct.pack_into("<I", damaged, 1200, data.draw(st.integers(0, 2**32 - 1)))
            mixed.append(Packet(packet.stamp, packet.sender, bytes(damaged)))
        mixed.append(packet)
    clean, _ = decode(sent)
    scans, source = decode(mixed)
    assert len(scans) == len(clean)
    assert source.counters["accepted"] >= len(sent)
    for scan, expected in zip(scans, clean, strict=True):
        assert len(expected) <= len(scan) < len(expected) + 2 * 384


CAPTURES = {
    "sample_velodyne_hdl32.pcap": ("hdl32", [51835, 57621, 37249], 31, {"received": 500, "accepted": 500}),
    "sample_velodyne_vlp16_gps.pcap": (
        "vlp16",
        [18758, 18398, 18715, 13689],
        16,
        {"received": 350, "accepted": 293, "telemetry": 57, "turns cut short": 1},
    ),
}


@pytest.mark.real
@pytest.mark.parametrize("capture", CAPTURES)
def test_real_captures(real, capture):
    from data.live import open_live

    name, sizes, rings, counters = CAPTURES[capture]
    source = open_live(str(real / "captures" / capture), rate="max")
    scans = list(source.scans())
    assert source.sensor == PRESETS[name]
    assert [len(scan) for scan in scans] == sizes
    assert source.counters == counters
    for scan in scans:
        xyz = scan.points[:, :3].astype(float)
        far = np.hypot(xyz[:, 0], xyz[:, 1]) > 3 if name == "hdl32" else np.ones(len(scan), bool)
        elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))
        seen = np.unique(scan.ring)
        assert len(seen) == rings
        measured = [
            np.median(elevation[(scan.ring == ring) & far]) for ring in seen if (far & (scan.ring == ring)).any()
        ]
        assert np.all(np.diff(measured) < 0)
        assert 0 <= scan.points[:, 3].min() < scan.points[:, 3].max() <= 1
