"""Drives of other sensors than KITTI's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.estimation.mount import estimate_mount
from data.kitti.truth import box_truth
from data.labels import class_map
from data.sensor_conditions import Conditions
from data.simulator import simulate
from data.simulator.drive import Drive
from data.simulator.sensor.mount import MOST_COLUMNS, mount_of
from data.sources import open_source
from projection import InputError, Sensor, assign_beams, preset

LOW = Sensor("low", (5.0, 1.0, -3.0, -9.0), columns=600, height=0.8)


def scan_of(sensor, mask=None, **conditions):
    """One scan."""
    (frame,) = Drive(5, 1, threads=1, mount=mount_of(sensor, mask, Conditions(**conditions))).frames()
    return frame.points


def elevations(points):
    return np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))


def test_points_lie_on_the_beams():
    off = np.abs(elevations(scan_of(LOW))[:, None] - LOW.elevations).min(axis=1)
    assert np.quantile(off, 0.99) < 0.01


@pytest.mark.parametrize("height", [0.6, 1.2, 2.5])
def test_the_road_is_as_far_below_as_the_sensor_is_high(height):
    points = scan_of(Sensor("any", tuple(np.linspace(-5.0, -20.0, 16)), columns=720, height=height))
    near = np.hypot(points[:, 0], points[:, 1]) < 10
    ahead = near & (np.abs(points[:, 1]) < 1.5)
    assert np.median(points[ahead, 2]) == pytest.approx(-height, abs=0.05)


def test_a_blind_part_has_no_returns():
    blind = np.zeros((4, 8), bool)
    blind[2:, 4:] = True  # to the right, the two lowest beams
    points = scan_of(LOW, blind)
    low = np.abs(elevations(points)[:, None] - LOW.elevations).argmin(axis=1) >= 2
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    right = (azimuth < -2) & (azimuth > -178)
    assert not (low & right).any()
    assert (low & ~right).any()
    assert (~low & right).any()


def test_a_blind_sector_of_a_sensor_file_has_no_returns():
    points = scan_of(LOW, None, blind=((-120, 120, -2, -90),))
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    hidden = (np.abs(azimuth) > 122) & (elevations(points) < -2)
    assert not hidden.any()
    assert ((np.abs(azimuth) > 122) & (elevations(points) > -2)).any()
    assert ((np.abs(azimuth) < 118) & (elevations(points) < -2)).any()


def test_a_sensor_measures_between_its_limits():
    distance = np.linalg.norm(scan_of(LOW, nearest=8, farthest=30)[:, :3], axis=1)
    assert distance.min() + 0.2 >= 8
    assert distance.max() < 30.2
    assert np.linalg.norm(scan_of(LOW)[:, :3], axis=1).max() > 31


def test_a_sensor_without_intensities_reports_none():
    assert not scan_of(LOW, intensities=False)[:, 3].any()
    assert scan_of(LOW)[:, 3].any()


@pytest.mark.parametrize(("pitch", "roll"), [(2.0, 0.0), (0.0, -2.0)])
def test_a_tilted_sensor_sees_the_ground_tilted(pitch, roll):
    sensor = Sensor("any", tuple(np.linspace(2.0, -25.0, 24)), columns=720)
    upright, tilted = (
        estimate_mount([scan_of(sensor, **how)[:, :3].astype(float)]) for how in ({}, {"pitch": pitch, "roll": roll})
    )
    assert (tilted.pitch - upright.pitch, tilted.roll - upright.roll) == pytest.approx((pitch, roll), abs=0.4)


def test_boxes_hold_their_points_under_a_tilted_sensor():
    sensor = Sensor("any", tuple(np.linspace(2.0, -15.0, 32)), columns=1024)
    drive = Drive(5, 2, threads=1, mount=mount_of(sensor, None, Conditions(pitch=2, roll=2)))
    own = inside = 0
    for frame in drive.frames():
        truth = box_truth(frame.points, frame.boxes, class_map("default"), None)
        users = frame.owner >= 0
        own, inside = own + users.sum(), inside + (users & (truth > 0)).sum()
    assert own > 200
    assert inside / own > 0.9


def test_a_drive_knows_its_sensor(tmp_path):
    folder = simulate(tmp_path, 1, 5, threads=1, sensor=LOW)
    source = open_source(folder)
    assert source.sensor.elevations == LOW.elevations
    assert (source.sensor.height, source.sensor.columns) == (0.8, 600)
    assert simulate(tmp_path, 1, 5, threads=1, sensor=LOW) == folder  # left alone
    with pytest.raises(InputError, match="another drive"):
        simulate(tmp_path, 1, 5, threads=1)


def test_beams_of_few_points_are_not_miscounted(tmp_path):
    sensor = Sensor("high", (60.0, 55.0, 50.0, 40.0, 2.0, -4.0), columns=300)
    source = open_source(simulate(tmp_path, 2, 5, threads=1, sensor=sensor))
    for frame in source.frames:
        scan = source.scan(frame)
        off = np.abs(
            elevations(scan.points) - np.array(sensor.elevations)[assign_beams(scan.points, sensor, scan.ring)]
        )
        assert off.max() < 0.01


def test_the_user_knows_better(tmp_path):
    folder = simulate(tmp_path, 1, 5, threads=1, sensor=LOW)
    assert open_source(folder, sensor=preset("vlp16")).base_sensor.beams == 16


@pytest.mark.parametrize("damage", [{"sensor": {"name": "a"}}, {"sensor": 3}, [], {"sensor": {"elevations": []}}])
def test_a_damaged_record_is_told(tmp_path, damage):
    folder = simulate(tmp_path, 1, 5, threads=1, sensor=LOW)
    if damage == []:
        (folder / "simulation.json").write_text("{")
    else:
        (folder / "simulation.json").write_text(json.dumps(damage))
    with pytest.raises(InputError, match=r"simulation\.json"):
        open_source(folder)


@pytest.mark.parametrize(
    ("sensor", "blind", "why"),
    [
        (Sensor("fine", (1.0, 0.0), columns=MOST_COLUMNS + 1), None, "at most"),
        (LOW, np.zeros((3, 8), bool), "4 beams"),
        (LOW, np.zeros(4, bool), "4 beams"),
    ],
)
def test_what_can_not_be_simulated(sensor, blind, why):
    with pytest.raises(InputError, match=why):
        mount_of(sensor, blind)
