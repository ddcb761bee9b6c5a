"""Captures and bags as recordings: the scans that `live` plays, in any order."""

from __future__ import annotations

import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers.drive import write_drive
from helpers.velodyne import packets

from data.live import open_live, open_recording
from data.live.capture_writer import CaptureWriter
from data.sources import select
from projection import InputError


@pytest.fixture
def capture(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for packet in packets("vlp16", turns=4, distance=lambda azimuth: 5 + azimuth / 30):
            writer.write(packet)
    return tmp_path / "a.pcap"


def test_any_scan_can_be_read_at_any_time_from_any_thread(capture):
    played = list(open_live(str(capture), rate="max").scans())
    counts = []
    source = open_recording(capture, height=1.7, told=counts.append)
    assert [frame.name for frame in source.frames] == [scan.name for scan in played]
    assert (source.name, source.sensor.name, source.sensor.height, counts) == ("a.pcap", "vlp16", 1.7, [1, 2, 3, 4])
    assert source.stamps == tuple(scan.stamp for scan in played)
    order = [3, 0, 2, 1] * 20
    with ThreadPoolExecutor(4) as pool:
        for number, scan in zip(order, pool.map(source.scan, [source.frames[k] for k in order]), strict=True):
            np.testing.assert_array_equal(scan.points, played[number].points)
            np.testing.assert_array_equal(scan.ring, played[number].ring)
            assert (scan.frame, scan.name, scan.stamp) == (number, played[number].name, played[number].stamp)


def test_frames_are_selected_as_of_a_drive(capture):
    assert [scan.frame for scan in select(open_recording(capture), frames="1:3")] == [1, 2]


def test_other_recordings_are_opened_as_ever(tmp_path):
    source = open_recording(write_drive(tmp_path), height=2.0)
    assert (source.name, source.base_sensor.height) == ("2011_09_26_drive_0009", 2.0)
    with pytest.raises(InputError, match="--topic is for bags"):
        open_recording(source.path, topic="/points")


def test_what_has_no_scan_is_refused(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        writer.write(packets("vlp16", turns=1)[0])
    with pytest.raises(InputError, match=r"a\.pcap: no scan came of 1 received, 1 implausible"):
        open_recording(tmp_path / "a.pcap")


def test_a_full_disk_names_the_folder(capture, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "free")(1000))
    with pytest.raises(InputError, match=r"a\.pcap: its scans don't fit into .* make TMPDIR a folder with room"):
        open_recording(capture)
