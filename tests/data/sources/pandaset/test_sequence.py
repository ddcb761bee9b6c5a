"""Sequences of PandaSet."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.pandaset import HEIGHT, lidar, pickled, write, write_pandaset

from data.labels import BACKGROUND, CAR, CLASS_MAPS, CYCLIST, IGNORE
from data.rigid import move
from data.sources import open_source
from projection.errors import InputError

DEFAULT = CLASS_MAPS["default"]


def truth_of(source, number=0):
    frame = source.frames[number]
    return source.truth(frame, source.scan(frame), DEFAULT).tolist()


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("inner", ["", "001", "001/lidar"])
def test_found_from_any_of_its_folders(tmp_path, inner, packed):
    source = open_source(write_pandaset(tmp_path, packed=packed) / inner)
    assert (source.name, [frame.name for frame in source.frames]) == ("pandaset_001", ["00", "01"])
    assert (source.base_sensor.name, source.base_sensor.beams) == ("pandar64", 64)
    assert source.labels_around
    assert source.labelled


def test_points_of_the_spinning_sensor_are_in_its_frame(tmp_path):
    source = open_source(write_pandaset(tmp_path))
    for k, scan in enumerate(source):
        expected = [
            [10, 0, 0.8 - HEIGHT, 0.2],
            [11, -0.5, 0.5 - HEIGHT, 0.2],
            [20, 0, 0.8 - HEIGHT, 0.2],
            [0, -5, 0.8 - HEIGHT, 0.2],
        ]
        np.testing.assert_allclose(scan.points, expected, atol=1e-5)
        assert scan.stamp == 1.5e9 + k / 10
        ahead = move(source.pose(source.frames[k]), np.array([[10.0, 1.0, 0.0]]))
        np.testing.assert_allclose(ahead, [[99, 210 + k, HEIGHT]], atol=1e-9)


def test_cuboids_are_boxes_in_the_sensors_frame(tmp_path):
    source = open_source(write_pandaset(tmp_path))
    car, rider, parked = source.boxes(source.frames[0])  # the cone is background, the other car the other sensor's
    assert [box.kind for box in (car, rider, parked)] == ["Car", "Cyclist", "DontCare"]
    assert car.centre == pytest.approx((10, 0, 0.8 - HEIGHT), abs=1e-9)
    assert (car.size, car.yaw) == (pytest.approx((4, 2, 1.6)), pytest.approx(0, abs=1e-9))
    assert parked.yaw == pytest.approx(np.pi / 2)
    assert [box.track for box in source.boxes(source.frames[1])] == [box.track for box in (car, rider, parked)]
    assert truth_of(source) == [CAR, CAR, CYCLIST, IGNORE]


@pytest.mark.parametrize("old", [True, False])
def test_labels_of_points_tell_more_than_cuboids(tmp_path, old):
    source = open_source(write_pandaset(tmp_path, semseg=True, old=old))
    assert truth_of(source) == [CAR, BACKGROUND, CYCLIST, IGNORE]


def test_labels_for_another_scan_are_told(tmp_path):
    write_pandaset(tmp_path)
    write(tmp_path / "001" / "annotations" / "semseg" / "00.pkl", pickled({"class": np.array([1, 2])}), True)
    with pytest.raises(InputError, match=r"semseg/00\.pkl\.gz: 2 labels for 5 points"):
        truth_of(open_source(tmp_path))


def test_several_sequences_are_a_collection(tmp_path):
    write_pandaset(tmp_path, frames=1)
    (tmp_path / "001").rename(tmp_path / "002")
    write_pandaset(tmp_path, frames=1)
    assert [frame.name for frame in open_source(tmp_path).frames] == ["001_00", "002_00"]


@pytest.mark.parametrize(
    ("poses", "reason"),
    [
        (None, r"poses\.json: cannot be read"),
        ("[]", r"no pose for scan 00 \(0 poses"),
        ('[{"position": {"x": 1}}]', r"no pose for scan 00"),
        ("{", r"poses\.json: no JSON"),
    ],
)
def test_a_scan_without_a_pose_is_told(tmp_path, poses, reason):
    file = write_pandaset(tmp_path) / "001" / "lidar" / "poses.json"
    file.unlink()
    if poses is not None:
        file.write_text(poses)
    with pytest.raises(InputError, match=reason):
        open_source(tmp_path)[0]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"x": np.zeros(3)}, "no column y, z, i, d"),
        ({**lidar([[1, 2, 3]], [0]), "x": np.array(["far"], object)}, "column x is no number"),
        (lidar([[1, 2, 3]], [1]), "no points of the Pandar64"),
    ],
)
def test_broken_scans_are_told(tmp_path, columns, reason):
    write_pandaset(tmp_path)
    write(tmp_path / "001" / "lidar" / "00.pkl", pickled(columns), True)
    with pytest.raises(InputError, match=reason):
        open_source(tmp_path)[0]


def test_the_real_scan_in_a_sequence(tmp_path, real):
    """The sample is in the car's frame: put into the world and read back it is itself, seen from the sensor."""
    points = np.fromfile(real / "pandaset" / "000500.bin", "<f4").reshape(-1, 4).astype(float)
    write_pandaset(tmp_path, frames=1)
    pose = [{"position": {"x": 0, "y": 0, "z": 0}, "heading": {"w": 1, "x": 0, "y": 0, "z": 0}}]
    (tmp_path / "001" / "lidar" / "poses.json").write_text(json.dumps(pose))
    world = np.stack([-points[:, 1], points[:, 0], points[:, 2]], axis=1)
    columns = {**lidar(world.tolist(), [0] * len(world)), "i": points[:, 3]}
    write(tmp_path / "001" / "lidar" / "00.pkl", pickled(columns, old=True), True)
    source = open_source(tmp_path)
    scan = source[0]
    np.testing.assert_allclose(scan.points[:, :2], points[:, :2], atol=1e-4)
    np.testing.assert_allclose(scan.points[:, 2], points[:, 2] - HEIGHT, atol=1e-4)
    assert source.sensor == source.assumed_sensor  # nothing to mend: beams, columns and height are as they are seen
