"""Opening a live source by its address and options, and the pace of recordings."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
import velodyne_decoder as vd
import yaml
from helpers.drive import write_drive
from helpers.velodyne import packets

from data.live import DEVICES, open_live
from data.live.capture_writer import CaptureWriter
from data.live.pace import MAX_CATCH_UP, Pace, parse_rate
from projection import PRESETS, InputError


@pytest.fixture
def capture(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for packet in packets("vlp16", turns=2):
            writer.write(packet)
    return tmp_path / "a.pcap"


def test_a_drive_is_played(tmp_path):
    source = open_live(str(write_drive(tmp_path)), rate="max", height=2.0)
    scans = list(source.scans())
    assert len(scans) > 1
    assert (source.sensor.beams, source.sensor.height, source.status) == (64, 2.0, "ended")
    assert source.waits


def test_a_damaged_scan_of_a_drive_is_passed_over(tmp_path):
    drive = write_drive(tmp_path)
    first, *others = sorted(drive.glob("velodyne_points/data/*.bin"))
    first.write_bytes(b"short")
    source = open_live(str(drive), rate="max")
    assert len(list(source.scans())) == len(others)
    assert source.counters == {"unreadable": 1}


def test_a_capture_is_played(capture):
    source = open_live(str(capture), rate="max")
    assert len(list(source.scans())) == 2
    assert source.waits


def test_a_closed_source_ends(capture):
    source = open_live(str(capture), rate="0.01")
    threading.Timer(0.3, source.close).start()
    assert list(source.scans()) == []


def test_a_source_that_cannot_be_opened_leaves_no_recording(tmp_path, capture):
    record = tmp_path / "b.pcap"
    with pytest.raises(InputError, match=r"none\.yaml"):
        open_live(str(capture), device="vlp16", calibration=tmp_path / "none.yaml", record=record)
    assert not record.exists()
    open_live(str(capture), record=record).close()


def test_a_capture_can_be_recorded_again(tmp_path, capture):
    source = open_live(str(capture), rate="max", record=tmp_path / "b.pcap")
    list(source.scans())
    source.close()
    again = open_live(str(tmp_path / "b.pcap"), rate="max")
    assert [len(scan) for scan in again.scans()] == [len(scan) for scan in open_live(str(capture), rate="max").scans()]


@pytest.mark.parametrize(
    ("address", "options", "said"),
    [
        ("nowhere.pcap", {}, "nowhere.pcap: no such file"),
        ("nowhere", {}, "nowhere: no such file or folder"),
        ("nowhere.bag", {}, "nowhere.bag: no such file or folder"),
        ("tcp://x", {}, "udp://HOST:PORT"),
        ("udp://:1", {"rate": "2"}, "--rate is for recordings"),
        ("nowhere", {"device": "vlp16"}, "--device is for packets"),
        ("nowhere.bag", {"sensor_ip": "1.2.3.4"}, "--sensor-ip is for packets"),
        ("nowhere.pcap", {"topic": "/points"}, "--topic is for bags"),
        ("nowhere.pcap", {"rate": "fast"}, "rate fast"),
        ("nowhere.pcap", {"rate": "0"}, "rate 0"),
        ("nowhere.pcap", {"rate": "nan"}, "rate nan"),
        ("nowhere.pcap", {"device": "os1"}, "unknown device 'os1': use one of vlp16"),
    ],
)
def test_what_cannot_be_opened(tmp_path, monkeypatch, address, options, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        open_live(address, **options)
    assert said in str(caught.value)


def test_a_recording_that_exists_is_not_overwritten(capture):
    with pytest.raises(InputError, match="exists already"):
        open_live(str(capture), record=capture)


@pytest.mark.parametrize(
    ("missing", "address"), [("velodyne_decoder", "a.pcap"), ("dpkt", "a.pcap"), ("rosbags.rosbag1", "a.bag")]
)
def test_a_missing_package_is_answered_with_the_command(capture, monkeypatch, missing, address):
    monkeypatch.setitem(sys.modules, missing, None)
    (capture.parent / "a.bag").write_bytes(b"")
    with pytest.raises(InputError, match=r"pip install 'squeezeseg\[live\]'"):
        list(open_live(str(capture.parent / address), rate="max").scans())


@pytest.mark.parametrize(("text", "rate"), [("", 10.0), ("2", 2.0), ("0.5", 0.5), ("max", None)])
def test_rates(text, rate):
    assert parse_rate(text, 10.0) == rate


class Clock:
    """A clock that only waiting moves."""

    def __init__(self, monkeypatch, pace):
        self.now = 100.0
        monkeypatch.setattr("data.live.pace.time.monotonic", lambda: self.now)
        monkeypatch.setattr(pace._closed, "wait", self.wait)

    def wait(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(("rate", "expected"), [(1.0, [0, 0.1, 0.3]), (2.0, [0, 0.05, 0.15]), (None, [0, 0, 0])])
def test_a_recording_keeps_its_pace(monkeypatch, rate, expected):
    pace = Pace(rate)
    clock = Clock(monkeypatch, pace)
    played = []
    for stamp in (5.0, 5.1, 5.3):
        pace.wait(stamp)
        played.append(clock.now - 100)
    np.testing.assert_allclose(played, expected, atol=1e-9)


def test_a_short_delay_is_made_up_for_and_a_long_one_is_not(monkeypatch):
    pace = Pace(1.0)
    clock = Clock(monkeypatch, pace)
    pace.wait(0.0)
    clock.now += 0.9 * MAX_CATCH_UP
    pace.wait(0.0)
    pace.wait(1.0)
    assert clock.now == pytest.approx(101.0)
    clock.now += 30
    pace.wait(2.0)
    pace.wait(3.0)
    assert clock.now == pytest.approx(132.0)


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_clock_that_jumps_is_not_waited_for(monkeypatch, jump):
    pace = Pace(1.0)
    clock = Clock(monkeypatch, pace)
    for stamp in (0.0, jump, jump + 0.1):
        pace.wait(stamp)
    assert clock.now == pytest.approx(100.1)


@pytest.mark.parametrize("device", [device for device in DEVICES.values() if device.sensor], ids=lambda one: one.name)
def test_presets_have_the_beams_of_the_decoder(device):
    calibration = vd.Calibration.default_calibs[getattr(vd.Model, device.model)]
    lasers = yaml.safe_load(calibration.to_string())["lasers"]
    elevations = sorted((np.degrees(laser["vert_correction"]) for laser in lasers), reverse=True)
    np.testing.assert_allclose(PRESETS[device.sensor].elevations, elevations, atol=0.007)


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("hdl32e", "hdl32e"),
        ("hdl32", "hdl32e"),
        ("puck_hires", "puck-hires"),
        ("puck-hires", "puck-hires"),
        ("hdl64", "hdl64e"),
    ],
)
def test_a_device_goes_by_its_sensors_name_too(name, device):
    from data.live.velodyne.devices import device_named

    assert device_named(name).name == device
