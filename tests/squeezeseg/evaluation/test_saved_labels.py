"""Labels that were saved, for each frame by its name."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.samples import FakeSource

from data.labels import CLASS_MAPS
from data.scan import Scan
from data.segmentation import Segmentation
from data.sinks import write_scan
from projection import InputError, project
from squeezeseg.evaluation.saved_labels import holds_labels, saved_labels

DEFAULT = CLASS_MAPS["default"]


@pytest.mark.parametrize("objects", [True, False, None])
def test_saved_labels_are_read_by_the_frames_name(tmp_path, objects):
    source = FakeSource(tmp_path)
    read = saved_labels(tmp_path, source.sensor, objects=objects)
    for frame in source.frames:
        scan = source.scan(frame)
        labels = source.truth(frame, scan, DEFAULT)
        ids = np.arange(len(scan)) % 5 + frame.number
        (labels | ids << 16).astype("<u4").tofile(tmp_path / f"{frame.name}.label")
        prediction = read(frame, scan)
        np.testing.assert_array_equal(prediction.labels, labels)
        assert prediction.confidence is None
        if objects is False:
            assert prediction.instances is None
        else:
            np.testing.assert_array_equal(prediction.instances, ids)


@pytest.mark.parametrize("suffix", [".ply", ".pcd", ".npz"])
def test_clouds_bring_confidence_and_objects_too(tmp_path, suffix):
    source = FakeSource(tmp_path)
    frame = source.frames[1]
    scan = source.scan(frame)
    n = np.arange(len(scan))
    written = Segmentation(
        (n % 4).astype(np.uint8), project(scan.points, source.sensor), (n / len(n)).astype(np.float32),
        (n % 3).astype(np.uint16),
    )  # fmt: skip
    write_scan(tmp_path / f"{frame.name}{suffix}", scan, written)
    found = saved_labels(tmp_path, source.sensor)(frame, scan)
    for name in ("labels", "confidence", "instances"):
        np.testing.assert_array_equal(getattr(found, name), getattr(written, name))
    assert saved_labels(tmp_path, source.sensor, objects=False)(frame, scan).instances is None


def test_a_frame_without_saved_labels(tmp_path):
    source = FakeSource(tmp_path)
    read = saved_labels(tmp_path, source.sensor, objects=False)
    with pytest.raises(InputError, match=r"0000000000\.label: no prediction for this frame"):
        read(source.frames[0], source.scan(source.frames[0]))


@pytest.mark.parametrize(("points", "message"), [(2, "of 2 points"), (None, "no labels of ours")])
def test_clouds_that_are_no_labels_of_the_frame(tmp_path, points, message):
    source = FakeSource(tmp_path)
    frame = source.frames[0]
    path = tmp_path / f"{frame.name}.npz"
    if points is None:
        np.savez(path, points=source.scan(frame).points)
    else:
        cloud = np.ones((points, 4), np.float32)
        write_scan(path, Scan(cloud), Segmentation(np.ones(points, np.uint8), project(cloud, source.sensor)))
    with pytest.raises(InputError, match=message):
        saved_labels(tmp_path, source.sensor)(frame, source.scan(frame))


def test_folders_that_may_hold_labels(tmp_path):
    assert not holds_labels(tmp_path)
    assert not holds_labels(tmp_path / "nothing")
    (tmp_path / "a.bin").touch()
    assert not holds_labels(tmp_path)
    (tmp_path / "a.PLY").touch()
    assert holds_labels(tmp_path)
