"""nuScenes with its tables."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.nuscenes import HEIGHT, write_nuscenes

from data.boxes import Box
from data.labels import BACKGROUND, CAR, CLASS_MAPS, CYCLIST, IGNORE
from data.rigid import move
from data.sources import open_source
from data.sources.nuscenes import tables
from projection.errors import InputError

DEFAULT = CLASS_MAPS["default"]


def truth_of(source, number=0):
    frame = source.frames[number]
    truth = source.truth(frame, source.scan(frame), DEFAULT)
    return None if truth is None else truth.tolist()


@pytest.mark.parametrize(
    ("inner", "numbers"),
    [("", [0, 1, 2]), ("v1.0-mini", [0, 1, 2]), ("samples", [0, 2]), ("samples/LIDAR_TOP", [0, 2]), ("sweeps", [1])],
)
def test_a_scene_is_a_drive_in_order_of_time(tmp_path, inner, numbers):
    source = open_source(write_nuscenes(tmp_path) / inner)
    assert source.name == "scene-0001"
    assert [frame.path.name.split("__")[2] for frame in source.frames] == [
        ("1000000.pcd.bin", "1050000.pcd.bin", "1500000.pcd.bin")[k] for k in numbers
    ]
    assert [frame.number for frame in source.frames] == list(range(len(numbers)))
    assert source.labelled == (inner != "sweeps")
    assert source.base_sensor.name == "hdl32"


def test_boxes_and_points_are_in_the_sensors_frame(tmp_path):
    source = open_source(write_nuscenes(tmp_path))
    assert source.labels_around
    car, rider, parked = source.boxes(source.frames[0])
    assert [box.kind for box in (car, rider, parked)] == ["Car", "Cyclist", "DontCare"]
    assert (car.centre, car.size) == (pytest.approx((10, 0, -1), abs=1e-9), pytest.approx((4, 2, 1.5)))
    assert car.yaw == pytest.approx(0, abs=1e-9)
    assert parked.centre == pytest.approx((0, -5, -1.5), abs=1e-9)
    assert truth_of(source) == [CAR, CAR, CYCLIST, IGNORE]
    assert truth_of(source, 1) is None
    later = source.boxes(source.frames[2])
    assert [box.track for box in later] == [box.track for box in (car, rider, parked)]


def test_poses_lead_from_the_sensor_to_the_world(tmp_path):
    source = open_source(write_nuscenes(tmp_path))
    ahead = np.array([[10.0, 1.0, 0.0]])  # and to the left, which is west
    for k, frame in enumerate(source.frames):
        np.testing.assert_allclose(move(source.pose(frame), ahead), [[99, 210 + k, HEIGHT]], atol=1e-9)
    assert [source.scan(frame).stamp for frame in source.frames] == [1.0, 1.05, 1.5]


def test_lidarseg_tells_more_than_boxes(tmp_path):
    source = open_source(write_nuscenes(tmp_path, lidarseg=True))
    # The second point is ground in the car's box, the third a bicycle with a rider, the fourth one without.
    assert truth_of(source) == [CAR, BACKGROUND, CYCLIST, IGNORE]
    np.zeros(3, np.uint8).tofile(tmp_path / "lidarseg" / "v1.0-mini" / "data0.bin")
    with pytest.raises(InputError, match=r"data0\.bin: 3 labels for 4 points"):
        truth_of(source)


def test_the_test_set_has_no_labels(tmp_path):
    source = open_source(write_nuscenes(tmp_path, boxes=False))
    assert not source.labelled
    assert (truth_of(source), source.boxes(source.frames[0])) == (None, None)


def test_categories_that_are_not_known_are_told(tmp_path, caplog):
    write_nuscenes(tmp_path)
    file = tmp_path / "v1.0-mini" / "instance.json"
    file.write_text(file.read_text().replace("vehicle.car", "vehicle.hovercraft"))
    source = open_source(tmp_path)
    assert truth_of(source) == [IGNORE, IGNORE, CYCLIST, IGNORE]
    assert "labels that are not known, and not scored: vehicle.hovercraft (1 box)" in caplog.messages[0]


def test_scans_that_are_not_there_are_left_out(tmp_path):
    write_nuscenes(tmp_path)
    for file in (tmp_path / "sweeps" / "LIDAR_TOP").iterdir():
        file.unlink()
    assert len(open_source(tmp_path)) == 2


def test_tables_are_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_STEP", 7)
    source = open_source(write_nuscenes(tmp_path))
    assert len(source.boxes(source.frames[0])) == 3


@pytest.mark.parametrize(
    ("table", "text", "reason"),
    [
        ("scene", "{}", "no list"),
        ("scene", '[{"token": "s"', "cut short"),
        ("scene", "[1]", "a record without a token"),
        ("scene", '[{"token": "s"}]', "a record without 'name'"),
        ("scene", "[" * 100_000, "no table of nuScenes"),
        ("ego_pose", "[]", "has what other tables lack"),
        ("ego_pose", '[{"token": "ego0", "rotation": [0, 0, 0, 0], "translation": [0, 0, 0]}]', "is no rotation"),
        ("ego_pose", '[{"token": "ego0", "rotation": "x", "translation": [0, 0, 0]}]', "record ego0: "),
        ("sensor", None, "cannot be read"),
    ],
)
def test_broken_tables_are_named(tmp_path, table, text, reason):
    file = write_nuscenes(tmp_path) / "v1.0-mini" / f"{table}.json"
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(InputError) as raised:
        open_source(tmp_path)
    assert reason in str(raised.value)
    assert "v1.0-mini" in str(raised.value)


def test_the_real_sweep_in_a_scene(tmp_path, real):
    (sweep,) = (real / "nuscenes").glob("*.pcd.bin")
    write_nuscenes(tmp_path)
    file = tmp_path / "v1.0-mini" / "sample_data.json"
    name = f"samples/LIDAR_TOP/{sweep.name}"
    file.write_text(file.read_text().replace("samples/LIDAR_TOP/n1__LIDAR_TOP__1000000.pcd.bin", name))
    (tmp_path / name).write_bytes(sweep.read_bytes())
    source = open_source(tmp_path)
    scan, alone = source.scan(source.frames[0]), open_source(sweep)[0]
    np.testing.assert_array_equal(scan.points, alone.points)
    np.testing.assert_array_equal(scan.ring, alone.ring)
    truth = source.truth(source.frames[0], scan, DEFAULT)
    box = Box("Car", (10, 0, -1), (4, 2, 1.5), 0)
    assert np.all(truth[box.contains(scan.points)] == CAR)
