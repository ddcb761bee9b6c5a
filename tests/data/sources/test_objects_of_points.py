"""The ground truth's object of each point, and the drive of each frame."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import write_drive

from data.boxes import Box, label_points, number_points
from data.labels import CLASS_MAPS, IGNORE
from data.sources import open_source
from projection import InputError

DEFAULT = CLASS_MAPS["default"]


def box(kind, x=0.0):
    return Box.standing(kind, (x, 0, 0), (2, 2, 2), 0)


@pytest.mark.parametrize(
    ("boxes", "numbers"),
    [
        ([], [0, 0, 0]),
        ([box("Car")], [1, 1, 0]),
        ([box("Pedestrian", 9), box("Car")], [2, 2, 0]),
        ([box("Car"), box("Car", 1)], [1, 2, 2]),
        ([box("Car"), box("Misc", 1)], [1, 1, 2]),
        ([box("Bench")], [1, 1, 0]),
    ],
    ids=["none", "one", "later", "later beats earlier", "a class beats what is ignored", "not known"],
)
def test_boxes_number_the_points_that_they_label(boxes, numbers):
    points = np.array([[-0.5, 0, 1, 0], [0.5, 0, 1, 0], [1.5, 0, 1, 0]], np.float32)
    found = number_points(points, boxes, DEFAULT)
    assert found.tolist() == numbers
    classes = [0, *(DEFAULT.class_of(one.kind) for one in boxes)]
    assert label_points(points, boxes, DEFAULT).tolist() == [classes[k] for k in numbers]
    assert set(label_points(points, [box("Misc")], DEFAULT)) == {0, IGNORE}


def sequence(folder, words):
    for name in ("velodyne", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    np.ones((len(words), 4), np.float32).tofile(folder / "velodyne" / "000000.bin")
    np.array(words, "<u4").tofile(folder / "labels" / "000000.label")
    return open_source(folder)


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ([(10, 5), (18, 5), (10, 5), (10, 0)], [1, 2, 1, 0]),
        ([(10, 65535), (30, 7)], [1, 2]),
        ([(40, 0), (0, 0)], [0, 0]),
    ],
    ids=["a car and a truck of one id", "all objects", "no objects"],
)
def test_semantic_kittis_instances(tmp_path, words, groups):
    source = sequence(tmp_path / "00", [semantic | instance << 16 for semantic, instance in words])
    frame = source.frames[0]
    found = source.objects(frame, source.scan(frame), DEFAULT).tolist()
    # The same numbers but for their order.
    assert [found.index(k) if k else -1 for k in found] == [groups.index(k) if k else -1 for k in groups]


def test_semantic_kitti_without_labels_or_with_broken_ones(tmp_path):
    source = sequence(tmp_path / "00", [10, 10])
    frame, scan = source.frames[0], source.scan(source.frames[0])
    source.label_path(frame).write_bytes(b"123")
    with pytest.raises(InputError, match="3 bytes"):
        source.objects(frame, scan, DEFAULT)
    source.label_path(frame).unlink()
    assert source.objects(frame, scan, DEFAULT) is None


def test_a_collection_asks_its_members(tmp_path):
    drive = open_source(write_drive(tmp_path))
    other = tmp_path / "2011_09_26" / "2011_09_26_drive_0010_sync"
    (other / "velodyne_points" / "data").mkdir(parents=True)
    np.ones((2, 4), np.float32).tofile(other / "velodyne_points" / "data" / "0000000000.bin")
    both = open_source(tmp_path / "2011_09_26")
    first, last = both.frames[0], both.frames[-1]
    assert [both.recording(frame) for frame in (first, last)] == ["2011_09_26_drive_0009", "2011_09_26_drive_0010"]
    scan = both.scan(first)
    found = both.objects(first, scan, DEFAULT)
    np.testing.assert_array_equal(found, drive.objects(drive.frames[0], scan, DEFAULT))
    assert set(found) == {0, 1}
    assert both.objects(last, both.scan(last), DEFAULT) is None
