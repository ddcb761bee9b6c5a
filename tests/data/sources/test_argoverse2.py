"""Logs of Argoverse 2."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from helpers.tools import needs

from data.formats import read_points
from data.formats.label import read_labels
from data.labels import BACKGROUND, CAR, CLASS_MAPS, CYCLIST, IGNORE
from data.rigid import move
from data.sources import open_source
from data.sources.argoverse2.log import BEAMS
from projection import PRESETS
from projection.errors import InputError

pa = needs("pyarrow")
feather = needs("pyarrow.feather")

DEFAULT = CLASS_MAPS["default"]
TIMES = (315973157959879000, 315973158059879000)
QUARTER = (np.cos(np.pi / 4), 0.0, 0.0, np.sin(np.pi / 4))
POSE = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")


def write(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    feather.write_feather(pa.table(columns), path)


def poses(*rows):
    return {name: [row[k] for row in rows] for k, name in enumerate(POSE)}


@pytest.fixture
def log(tmp_path):
    """Two sweeps: a car 10 m ahead of the sensor, its cyclist, a bicycle, and a point of the lower sensor."""
    log = tmp_path / "train" / "a1b2"
    xyz = np.array([[11, 0, 1], [11, 5, 1], [11, -5, 1], [11, 0, 1]], np.float16)
    for time in TIMES:
        write(
            log / "sensors" / "lidar" / f"{time}.feather",
            **dict(zip("xyz", xyz.T, strict=True)),
            intensity=np.array([51, 51, 51, 51], np.uint8),
            laser_number=np.array([4, 31, 5, 33], np.uint8),
            offset_ns=np.zeros(4, np.int32),
        )
    write(
        log / "calibration" / "egovehicle_SE3_sensor.feather",
        sensor_name=["down_lidar", "up_lidar"],
        **poses((0, 1, 0, 0, 1, 0, 1.4), (1, 0, 0, 0, 1, 0, 1.6)),
    )
    boxes = [("REGULAR_VEHICLE", (*QUARTER, 11, 0, 1)), ("BICYCLIST", (1, 0, 0, 0, 11, 5, 1))]
    boxes += [("BICYCLE", (1, 0, 0, 0, 11, -5, 1)), ("SIGN", (1, 0, 0, 0, 0, 0, 0))]
    write(
        log / "annotations.feather",
        timestamp_ns=[TIMES[0]] * 4,
        category=[category for category, _ in boxes],
        track_uuid=["b", "a", "c", "d"],
        length_m=[4.0, 1.8, 1.8, 1],
        width_m=[2.0, 0.6, 0.6, 1],
        height_m=[1.5, 1.8, 1.2, 1],
        **poses(*(pose for _, pose in boxes)),
    )
    write(
        log / "city_SE3_egovehicle.feather",
        timestamp_ns=[TIMES[0], TIMES[0] + 1, TIMES[1]],
        **poses((*QUARTER, 100, 200, 5), (*QUARTER, 0, 0, 0), (*QUARTER, 100, 201, 5)),
    )
    return log


@pytest.mark.parametrize("inner", ["", "..", "sensors/lidar"])
def test_found_from_any_of_its_folders(log, inner):
    source = open_source((log / inner).resolve())
    assert source.name == "a1b2"
    assert [frame.name for frame in source.frames] == [str(time) for time in TIMES]
    assert source.labelled
    assert source.base_sensor.beams == 32


def test_the_upper_sensors_points_are_in_its_frame(log):
    scan = open_source(log)[0]
    np.testing.assert_allclose(scan.points, [[10, 0, -0.6, 0.2], [10, 5, -0.6, 0.2], [10, -5, -0.6, 0.2]], atol=1e-3)
    assert scan.ring.tolist() == [0, 31, 12]
    assert scan.stamp == TIMES[0] * 1e-9


def test_cuboids_and_poses(log):
    source = open_source(log)
    first, second = source.frames
    car, cyclist, bicycle = source.boxes(first)
    assert [box.kind for box in (car, cyclist, bicycle)] == ["Car", "Cyclist", "DontCare"]
    assert (car.centre, car.size) == (pytest.approx((10, 0, -0.6)), (4, 2, 1.5))
    assert car.yaw == pytest.approx(np.pi / 2)
    assert len({box.track for box in (car, cyclist, bicycle)}) == 3
    assert source.truth(first, source.scan(first), DEFAULT).tolist() == [CAR, CYCLIST, IGNORE]
    assert source.boxes(second) == ()
    assert source.truth(second, source.scan(second), DEFAULT).tolist() == [BACKGROUND] * 3
    np.testing.assert_allclose(move(source.pose(second), np.array([[9.0, 0, 0]])), [[100, 211, 6.6]], atol=1e-9)


def test_several_logs_are_a_collection(log):
    shutil.copytree(log, log.parent / "c3")
    assert [frame.name for frame in open_source(log.parent).frames][1:3] == [f"a1b2_{TIMES[1]}", f"c3_{TIMES[0]}"]


def test_sweeps_alone_have_no_labels(log, tmp_path):
    file = log / "sensors" / "lidar" / f"{TIMES[0]}.feather"
    for path in (file, shutil.copytree(file.parent, tmp_path / "sweeps")):
        source = open_source(path)
        assert not source.labelled
        frame = source.frames[0]
        assert (source.truth(frame, source.scan(frame), DEFAULT), source.pose(frame)) == (None, None)


@pytest.mark.parametrize(
    ("name", "columns", "reason"),
    [
        ("sensors/lidar/{}.feather", {"x": [1.0]}, "no column y, z, intensity, laser_number"),
        ("sensors/lidar/{}.feather", None, "no Feather file"),
        (
            "calibration/egovehicle_SE3_sensor.feather",
            {"sensor_name": ["down_lidar"], **poses((1,) * 7)},
            "no sensor up_",
        ),
        (
            "calibration/egovehicle_SE3_sensor.feather",
            {"sensor_name": ["up_lidar"], **poses((0,) * 7)},
            "is no rotation",
        ),
        ("calibration/egovehicle_SE3_sensor.feather", {"sensor_name": ["up_lidar"], **poses("abcdefg")}, "no number"),
    ],
)
def test_broken_files_are_named(log, name, columns, reason):
    file = log / name.format(TIMES[0])
    if columns is None:
        file.write_bytes(b"FEA1 or so")
    else:
        write(file, **columns)
    with pytest.raises(InputError) as raised:
        open_source(log)[0]
    assert reason in str(raised.value)
    assert file.name in str(raised.value)


def test_the_real_sweep(real):
    """Read without its log, it is what was published of the upper half: its points but for half a degree, its rings."""
    name = "315973157959879000"
    source = open_source(real / "argoverse2" / f"{name}.feather")
    scan, upper = source[0], read_points(real / "argoverse2" / "pcd" / f"{name}_up.pcd")
    np.testing.assert_array_equal(scan.ring, 31 - upper.ring)
    turned = np.linalg.norm(scan.points[:, :3] - upper.points[:, :3], axis=1)
    assert np.all(turned <= 0.0103 * np.hypot(*upper.points[:, :2].T) + 1e-3)
    assert len(read_labels(real / "argoverse2" / "labels" / f"{name}_up.label", len(scan))) == len(scan)
    elevations = np.degrees(np.arctan2(scan.points[:, 2], np.hypot(*scan.points[:, :2].T)))
    measured = [np.median(elevations[scan.ring == beam]) for beam in range(32)]
    np.testing.assert_allclose(measured, PRESETS["vlp32c"].elevations, atol=0.05)
    assert sorted(BEAMS) == list(range(32))
    assert source.sensor == source.assumed_sensor  # nothing to mend
