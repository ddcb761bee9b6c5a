"""Ouster's packets and metadata."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from helpers.ouster import AZIMUTHS, BEAMS, COLUMNS, ELEVATIONS, HEIGHT, ORIGIN, metadata, packets, write_metadata

from data.live import open_live, open_recording
from data.live.capture_writer import CaptureWriter
from data.live.ouster import metadata_beside, read_metadata
from data.live.packets import Packet
from projection import InputError, estimate_cut

PROFILES = ("LEGACY", "RNG19_RFL8_SIG16_NIR16", "RNG19_RFL8_SIG16_NIR16_DUAL", "RNG15_RFL8_NIR8")
OS1 = "captures/OS-1-128_v2.3.0_1024x10_lb_n3.pcap"
RANGES = np.full((COLUMNS, BEAMS), 8000)


def capture(folder, profile="RNG15_RFL8_NIR8", turns=2, name="drive", **changes):
    with CaptureWriter(folder / f"{name}.pcap") as writer:
        for turn in range(turns):
            for k, payload in enumerate(packets(profile, 65535 + turn & 0xFFFF, RANGES)):
                writer.write(Packet(100 + turn / 10 + k * 1e-3, ("10.0.0.1", 7502), payload))
    write_metadata(folder / f"{name}.json", profile=profile, **changes)
    return folder / f"{name}.pcap"


@pytest.mark.parametrize("sections", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_turns_of_each_profile(tmp_path, profile, sections):
    source = open_recording(capture(tmp_path, profile, sections=sections and profile != "LEGACY"))
    assert [len(scan) for scan in source] == [(COLUMNS - 1) * BEAMS] * 2  # a column isn't valid
    scan = source[0]
    distance = np.linalg.norm(scan.points[:, :3] - [0, 0, HEIGHT], axis=1)
    np.testing.assert_allclose(distance, 8.0, atol=ORIGIN)
    np.testing.assert_allclose(scan.points[:, 3], 0.2)
    assert scan.stamp == pytest.approx(100, abs=1e-5)
    assert (source.sensor.beams, source.sensor.columns, source.sensor.name) == (BEAMS, COLUMNS, "os_1_16")


def test_a_pixel_lies_where_the_manual_says(tmp_path):
    """Column 0 looks ahead of the LiDAR's own frame, which is turned by 180 degrees: behind the sensor."""
    scan = open_recording(capture(tmp_path))[0]
    for beam in (0, 5, 15):
        first = scan.points[np.flatnonzero(scan.ring == beam)[0], :3]
        azimuth, elevation = np.radians(180 - AZIMUTHS[beam]), np.radians(ELEVATIONS[beam])
        along = 8.0 - ORIGIN
        expected = [
            along * np.cos(azimuth) * np.cos(elevation) - ORIGIN,
            along * np.sin(azimuth) * np.cos(elevation),
            along * np.sin(elevation) + HEIGHT,
        ]
        np.testing.assert_allclose(first, expected, atol=1e-4)
    # Columns go on clockwise.
    second = scan.points[np.flatnonzero(scan.ring == 0)[1], :2]
    first = scan.points[np.flatnonzero(scan.ring == 0)[0], :2]
    assert first[0] * second[1] - first[1] * second[0] < 0


def test_a_turn_of_which_little_came_is_no_scan(tmp_path):
    file = capture(tmp_path, turns=1)
    with CaptureWriter(tmp_path / "late.pcap") as writer:
        for turn, part in ((1, slice(20, None)), (2, slice(None))):
            for payload in packets("RNG15_RFL8_NIR8", turn, RANGES)[part]:
                writer.write(Packet(1.0, ("10.0.0.1", 7502), payload))
            writer.write(Packet(1.0, ("10.0.0.1", 7503), bytes(48)))
    source = open_live(str(tmp_path / "late.pcap"), rate="max", calibration=file.with_suffix(".json"), height=2.0)
    assert len(list(source.scans())) == 1
    assert source.counters == {"accepted": 44, "another size": 2, "turns cut short": 1}
    assert (source.sensor.height, source.status) == (2.0, "ended")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("drive.json", True),
        ("dri.json", True),
        ("drive.pcap.json", True),
        ("other.json", False),
        ("driven.json", False),
    ],
)
def test_metadata_beside_a_capture(tmp_path, name, found):
    write_metadata(tmp_path / name)
    (tmp_path / "d.json").write_text("{}")
    assert metadata_beside(tmp_path / "drive.pcap") == (tmp_path / name if found else None)


def test_without_metadata_it_is_asked_for(tmp_path):
    with CaptureWriter(tmp_path / "real.pcap") as writer:
        writer.write(Packet(0.0, ("10.0.0.1", 7502), bytes(8448)))
    with pytest.raises(
        InputError, match=r"look like Ouster's; they are decoded with the sensor's metadata.*--calibration"
    ):
        open_recording(tmp_path / "real.pcap")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"profile": "FUSA_RNG15_RFL8_NIR8_DUAL"}, "packets of the profile FUSA_RNG15_RFL8_NIR8_DUAL can't be decoded"),
        ({"beam_altitude_angles": [1, 2]}, "as many beam_azimuth_angles"),
        ({"beam_altitude_angles": "steep"}, "no metadata of an Ouster"),
        ({"beam_altitude_angles": [float("nan")] * BEAMS}, "no metadata of an Ouster"),
        ({"beam_azimuth_angles": None}, "no metadata of an Ouster"),
        ({"data_format": None, "lidar_mode": "1000x10"}, "0 columns a turn"),
        ({"lidar_to_sensor_transform": [1, 2]}, "no metadata of an Ouster"),
    ],
)
def test_metadata_that_is_none_is_named(tmp_path, changes, reason):
    with pytest.raises(InputError) as raised:
        read_metadata(write_metadata(tmp_path / "a.json", **changes))
    assert reason in str(raised.value)
    assert "a.json" in str(raised.value)


def test_an_entry_that_lacks_is_named(tmp_path):
    entries = metadata()
    del entries["lidar_origin_to_beam_origin_mm"]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    with pytest.raises(InputError, match=r"no entry 'lidar_origin_to_beam_origin_mm'"):
        read_metadata(tmp_path / "a.json")


def test_sectors_are_refused(tmp_path):
    with pytest.raises(InputError, match="leave out --sectors"):
        open_live(str(capture(tmp_path)), rate="max").sectors(8)


def test_the_real_capture(real, tmp_path):
    """Three turns of an OS1-128 whose beams are seen where its metadata says, and whose columns go around once."""
    source = open_recording(real / OS1)
    assert [len(scan) for scan in source] == [107_647, 107_357, 107_532]
    scan = source[1]
    far = np.linalg.norm(scan.points[:, :3], axis=1) > 10  # where the origins of beams matter little
    elevations = np.degrees(np.arctan2(scan.points[:, 2] - 0.036, np.hypot(*scan.points[:, :2].T)))
    beams = [beam for beam in range(128) if (far & (scan.ring == beam)).sum() > 100]
    measured = [np.median(elevations[far & (scan.ring == beam)]) for beam in beams]
    np.testing.assert_allclose(measured, np.array(source.sensor.elevations)[beams], atol=0.1)
    assert np.isfinite(estimate_cut(scan.points))
    shutil.copy(real / OS1, tmp_path / "alone.pcap")
    with pytest.raises(InputError, match="metadata"):
        open_recording(tmp_path / "alone.pcap")
