"""What a user does with a segmented scan."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers import open3d
from helpers.drive import street
from helpers.engine import segmenter

from data.labels import CAR, COLOURS
from data.scan import Scan
from projection import InputError
from squeezeseg import ResultBuffers
from squeezeseg.objects.boxes import detect


@pytest.fixture(scope="module")
def result():
    return segmenter()(Scan(street(0), name="0000000007", frame=7))


def test_objects_by_name(result):
    (car,) = result.objects
    assert (car.name, result.names[CAR], result.names[255]) == ("car", "car", "no label")
    assert car.points == np.count_nonzero(result.instances == car.instance)
    assert car.confidence == car.score
    assert result.boxes == (car.box,)
    assert result.objects == detect(result)


def test_points_are_those_that_were_given():
    points = street(0)
    result = segmenter()(points)
    points[:] = 0
    np.testing.assert_array_equal(result.points, street(0))


def test_the_table_has_a_row_a_point(result):
    table = result.to_numpy()
    np.testing.assert_array_equal(np.stack([table[name] for name in ("x", "y", "z", "intensity")], 1), result.points)
    for name, column in (("label", result.labels), ("confidence", result.confidence), ("instance", result.instances)):
        np.testing.assert_array_equal(table[name], column)
    assert "ring" not in table.dtype.names
    ring = np.zeros(2, np.uint8)
    assert segmenter()(np.ones((2, 4), np.float32), ring).to_numpy()["ring"].tolist() == [0, 0]


def test_a_table_can_be_segmented_again(result):
    np.testing.assert_array_equal(segmenter()(result.to_numpy()).labels, result.labels)


def test_a_cloud_of_open3d(result):
    open3d.load()
    cloud = result.to_open3d()
    np.testing.assert_allclose(np.asarray(cloud.points), result.points[:, :3])
    seen = np.asarray(cloud.colors)[result.labels == CAR]
    np.testing.assert_allclose(seen, np.tile(COLOURS[CAR] / 255, (len(seen), 1)))


@pytest.mark.parametrize("suffix", [".label", ".ply", ".pcd", ".npz", ".jsonl", ".png", ".PLY"])
def test_every_format_is_saved(result, tmp_path, suffix):
    path = result.save(f"{tmp_path}/new/a{suffix}")
    assert path.stat().st_size > 0
    assert [file.name for file in path.parent.iterdir()] == [f"a{suffix}"]


def test_saved_boxes(result, tmp_path):
    (line,) = result.save(tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(line) == {"frame": 7, "kind": "Car", **result.objects[0].as_dict()}


def test_another_suffix_is_refused(result, tmp_path):
    with pytest.raises(InputError, match=r"one of \.label, \.ply, \.pcd, \.npz, \.jsonl, \.png"):
        result.save(tmp_path / "a.las")


def test_a_copy_outlives_the_buffers():
    one, buffers = segmenter(), ResultBuffers()
    first = one(street(0), buffers=buffers)
    kept, labels, mask = first.copy(), first.labels.copy(), first.image.mask.copy()
    one(street(1), buffers=buffers)
    np.testing.assert_array_equal(kept.labels, labels)
    np.testing.assert_array_equal(kept.image.mask, mask)
    assert not np.array_equal(first.image.mask, mask)
    assert len(kept.objects) == 1


def test_a_result_without_objects():
    result = segmenter(objects=False)(street(0))
    assert (result.objects, result.boxes) == ((), ())
    assert "objects" not in repr(result)
    assert not result.to_numpy()["instance"].any()
