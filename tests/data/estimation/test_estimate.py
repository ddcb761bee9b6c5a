"""Sensors of made and of real scans: what is estimated is what they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.real import DRIVE_0001, DRIVE_0048
from helpers.walled import yard
from hypothesis import given, settings
from hypothesis import strategies as st

from data.estimation import UNKNOWN, SensorEstimate, estimate_sensor
from data.live import open_recording
from data.scan import Scan
from projection import PRESETS, InputError, Sensor

SENSORS = st.builds(
    lambda top, steps: Sensor("made", tuple(top - np.cumsum(steps)), 2048),
    st.floats(2, 16),
    st.lists(st.floats(0.3, 2.5), min_size=12, max_size=20),
)


def numbered(points: np.ndarray, sensor: Sensor) -> np.ndarray:
    """The beam of each point of a yard: the nearest elevation."""
    elevation = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    return np.abs(elevation[:, None] - np.asarray(sensor.elevations)).argmin(axis=1).astype(np.uint8)


@settings(max_examples=12, deadline=None)
@given(
    sensor=SENSORS,
    height=st.floats(0.5, 2.6),
    up=st.floats(-2.5, 2.5),
    right=st.floats(-2.5, 2.5),
    told=st.sampled_from(["ring", "order", "elevation"]),
)
def test_a_made_sensor_and_its_mount_are_found(sensor, height, up, right, told):
    points = yard(sensor, columns=900, height=height, slope=(up, right), wall=60)
    ring = numbered(points, sensor) if told == "ring" else None
    if told == "elevation":
        points = points[np.random.default_rng(0).permutation(len(points))]
    found = estimate_sensor([Scan(points, ring=ring)])
    assert found.told_by == told
    assert found.sensor.elevations == pytest.approx(sensor.elevations, abs=0.05)
    assert found.turn.columns == pytest.approx(900, rel=0.01)
    # A plane needs two beams that meet the ground within the reach of what counts as the ground.
    if np.sum(np.asarray(sensor.elevations) < -np.degrees(np.arctan(height / 8)) - 3) >= 2:
        assert found.mount is not None
        assert found.mount.height == pytest.approx(height, abs=0.05)
        assert (found.mount.pitch, found.mount.roll) == pytest.approx((-up, right), abs=0.3) or height < 0.7


@pytest.mark.parametrize(("rows", "told"), [("rising", "ring"), ("falling", "ring")])
def test_rings_count_from_either_end(rows, told):
    sensor = PRESETS["vlp16"]
    points = yard(sensor, wall=60)
    ring = numbered(points, sensor)
    if rows == "rising":  # as a recording gives them that was opened as of the 255 beams of UNKNOWN
        ring = np.uint8(254) - (np.uint8(15) - ring)
    found = estimate_sensor([Scan(points, ring=ring)])
    assert (found.told_by, found.sensor.beams) == (told, 16)
    assert found.sensor.elevations == pytest.approx(sensor.elevations, abs=0.02)


def test_a_beam_without_returns_lies_between_its_neighbours():
    sensor = PRESETS["vlp16"]
    points = yard(sensor, wall=60)
    ring = numbered(points, sensor)
    kept = (ring != 5) & (ring != 0)
    found = estimate_sensor([Scan(points[kept], ring=ring[kept])])
    assert np.isnan(found.fit.elevations[[0, 5]]).all()
    assert found.sensor.elevations == pytest.approx(sensor.elevations, abs=0.02)


def test_rings_in_no_order_are_refused():
    points = yard(PRESETS["vlp16"], wall=60)
    ring = numbered(points, PRESETS["vlp16"]) * np.uint8(7) % np.uint8(16)
    with pytest.raises(InputError, match="from top to bottom"):
        estimate_sensor([Scan(points, ring=ring)])


@pytest.mark.parametrize(
    "points",
    [np.zeros((10, 4), np.float32), np.random.default_rng(0).normal(0, 20, (20_000, 4)).astype(np.float32)],
    ids=["nothing", "a cloud"],
)
def test_what_no_spinning_sensor_recorded_is_refused(points):
    with pytest.raises(InputError):
        estimate_sensor([Scan(points)])


def test_a_sector_without_returns_is_blind_and_what_stays_before_the_sensor_is_its_own_car():
    points = yard(PRESETS["hdl32"], columns=900, wall=60)
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    points = points[(azimuth < 100) | (azimuth > 140)]
    roof = (abs(np.degrees(np.arctan2(points[:, 1], points[:, 0]))) < 10) & (points[:, 2] < -1)
    points[roof, :3] *= (2 / np.linalg.norm(points[roof, :3], axis=1))[:, None]
    blind = estimate_sensor([Scan(points, ring=numbered(points, PRESETS["hdl32"]))] * 3).blind
    columns = 180 - (np.arange(180) + 0.5) * 2
    assert blind.empty[:, (columns > 102) & (columns < 138)].all()
    assert not blind.empty[:, (columns < 98) | (columns > 142)].any()
    assert blind.own[-1, abs(columns) < 8].all()
    assert not blind.own[:, abs(columns) > 12].any()


def opened(real: Path, name: str, most: int = 8) -> SensorEstimate:
    source = open_recording(real / name, sensor=None if name.startswith("captures") else UNKNOWN)
    known = 0 if source.base_sensor == UNKNOWN else source.base_sensor.beams
    scans = [source.scan(frame) for frame in source.frames[:most]]
    return estimate_sensor(scans, least=known)


@pytest.mark.parametrize(
    ("name", "elevations", "columns"),
    [
        ("nuscenes", PRESETS["hdl32"].elevations, 1084),
        ("argoverse2/pcd", PRESETS["vlp32c"].elevations, 1800),
        ("frames/vlp32c.pcd", PRESETS["vlp32c"].elevations[:-1], 1800),
        ("frames/xt16.pcd", PRESETS["xt16"].elevations, 2000),
        ("frames/helios16p.pcd", PRESETS["helios16p"].elevations, 1800),
        ("captures/sample_velodyne_hdl32.pcap", PRESETS["hdl32"].elevations, 2400),
        ("captures/sample_velodyne_vlp16_gps.pcap", PRESETS["vlp16"].elevations, 1800),
    ],
)
def test_the_beams_of_real_sensors_are_those_of_their_manuals(real, name, elevations, columns):
    found = opened(real, name)
    seen = np.isfinite(found.fit.elevations)[: len(elevations)]
    assert np.asarray(found.sensor.elevations)[: len(elevations)][seen] == pytest.approx(
        np.asarray(elevations)[seen], abs=0.1
    )
    assert found.turn.columns == pytest.approx(columns, rel=0.01)


@pytest.mark.parametrize(
    ("name", "height"),
    [
        (DRIVE_0001, 1.73),
        (DRIVE_0048, 1.73),
        ("kitti_object", 1.73),
        ("kitti_object_more", 1.73),
        ("kitti_object_front", 1.73),
        ("semantic_kitti", 1.73),
        ("squeezeseg_npy", 1.73),
        ("nuscenes", 1.84),
    ],
)
def test_the_height_of_real_sensors_is_the_one_that_is_published(real, name, height):
    mount = opened(real, name).mount
    assert mount is not None
    assert mount.height == pytest.approx(height, abs=0.05)


def test_kittis_beams_are_the_same_in_every_drive(real):
    drives = [opened(real, name, 4).sensor for name in (DRIVE_0048, DRIVE_0001, "squeezeseg_npy")]
    for one in drives[1:]:
        assert one.elevations == pytest.approx(drives[0].elevations, abs=0.1)


def test_points_in_another_order_and_without_rings_tell_the_same_beams(real):
    source = open_recording(real / "argoverse2/pcd", sensor=UNKNOWN)
    scan = source[0]
    mixed = replace(scan, points=scan.points[np.random.default_rng(0).permutation(len(scan))], ring=None)
    assert estimate_sensor([mixed]).sensor.elevations == pytest.approx(PRESETS["vlp32c"].elevations, abs=0.05)
