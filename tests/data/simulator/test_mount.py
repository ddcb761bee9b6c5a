"""Drives of other sensors than KITTI's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.simulator import simulate
from data.simulator.drive import Drive
from data.simulator.sensor.mount import MOST_COLUMNS, mount_of
from data.sources import open_source
from projection import InputError, Sensor, preset

LOW = Sensor("low", (5.0, 1.0, -3.0, -9.0), columns=600, height=0.8)


def scan_of(sensor, blind=None):
    """One scan."""
    (frame,) = Drive(5, 1, threads=1, mount=mount_of(sensor, blind)).frames()
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


def test_a_drive_knows_its_sensor(tmp_path):
    folder = simulate(tmp_path, 1, 5, threads=1, sensor=LOW)
    source = open_source(folder)
    assert source.sensor.elevations == LOW.elevations
    assert (source.sensor.height, source.sensor.columns) == (0.8, 600)
    assert simulate(tmp_path, 1, 5, threads=1, sensor=LOW) == folder  # left alone
    with pytest.raises(InputError, match="another drive"):
        simulate(tmp_path, 1, 5, threads=1)


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
