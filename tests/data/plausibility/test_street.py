"""Scans that are of no street: rooms, a blocked sensor, one upside down; and streets, which are not doubted."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from helpers.real import HDL64_SETS, velodyne_files
from helpers.walled import yard

from data.live import open_recording
from data.plausibility import NARROW, Watch, misfits
from data.plausibility.misfit import UNLIKE
from data.plausibility.street import narrow_place
from data.scan import Scan
from projection import PRESETS

HDL64 = PRESETS["hdl64"]
YARD = yard()


def moved(x: float = 1, y: float = 1, z: float = 1, up: float = 0) -> np.ndarray:
    return (YARD * np.float32([x, y, z, 1]) + np.float32([0, 0, up, 0])).astype(np.float32)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (moved(0.2, 0.2, 0.2), NARROW),
        (moved(y=-1, z=-1), "upside down"),
        (moved(up=2), "not seen from a sensor's height"),
        (moved(1000, 1000, 1000), "not in metres"),
    ],
)
def test_what_is_nothing_like_a_street_is_doubted(points, why, caplog):
    watch = Watch(HDL64)
    with caplog.at_level(logging.WARNING):
        doubt = watch(Scan(points, name="7"))
    assert doubt is not None
    assert (doubt.what, doubt.street) == (why, False)
    assert watch.told == [record.message for record in caplog.records]
    assert watch.told[0].startswith(f"{UNLIKE}scan 7 is {why}")


@pytest.mark.parametrize("points", [YARD, moved(up=-1), yard(columns=1000), moved()[::2]])
def test_streets_of_other_sensors_are_not(points):
    assert Watch(HDL64)(Scan(points)) is None


def test_each_scan_is_looked_at_for_rooms_and_others_if_asked():
    watch, room, turned = Watch(HDL64), Scan(moved(0.2, 0.2, 0.2)), Scan(moved(y=-1, z=-1))
    for _ in range(10):
        assert watch(Scan(YARD)) is None
    assert watch(room) is not None
    assert watch(turned) is None
    assert watch(turned, always=True) is not None


def test_a_blocked_sector_is_told_where_it_lies():
    azimuth = np.degrees(np.arctan2(YARD[:, 1], YARD[:, 0]))
    (found,) = misfits(Scan(YARD[(azimuth < 100) | (azimuth > 160)]), HDL64)
    assert found.what == "blind in a sector of the turn"
    assert "100 to the left as far as 160" in found.detail
    assert found.street
    assert misfits(Scan(YARD[(azimuth < 100) | (azimuth > 130)]), HDL64) == ()


@pytest.mark.parametrize(
    "name", ["captures/sample_velodyne_vlp16_gps.pcap", "frames/xt16.pcd", "frames/vlp32c.pcd", "frames/helios16p.pcd"]
)
def test_real_rooms_are_narrow(real: Path, name: str) -> None:
    for scan in open_recording(real / name, sensor=None if "captures" in name else PRESETS["vls128"]):
        assert narrow_place(scan.points) is not None


def test_real_streets_are_not(real: Path) -> None:
    for name in HDL64_SETS:
        for file in velodyne_files(real, name):
            assert narrow_place(np.fromfile(file, np.float32).reshape(-1, 4)) is None
    for name in ("nuscenes", "argoverse2/pcd", "captures/sample_velodyne_hdl32.pcap"):
        for scan in open_recording(real / name):
            assert narrow_place(scan.points) is None
