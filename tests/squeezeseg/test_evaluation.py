"""Scoring the frames of a source. The scores themselves are test_metrics' subject."""

from __future__ import annotations

import numpy as np
import pytest
from reference.samples import FakeSource

from data.labels import CLASS_MAPS
from projection import InputError
from squeezeseg.evaluation import evaluate, saved_labels

DEFAULT = CLASS_MAPS["default"]


def perfect(source):
    return lambda frame, scan: source.truth(frame, scan, DEFAULT)


def all_cars(frame, scan):
    return np.ones(len(scan), np.uint8)


def test_the_truth_scores_fully(tmp_path):
    source = FakeSource(tmp_path)
    result = evaluate(source, perfect(source), DEFAULT)
    assert result.frames == 3
    assert result.points == sum(len(scan) for scan in source)
    assert result.confusion.iou[1] == 1


def test_all_frames_are_counted_together(tmp_path):
    source = FakeSource(tmp_path)
    cars = sum((scan.points[:, 1] > 0).sum() for scan in source)
    result = evaluate(source, all_cars, DEFAULT)
    assert result.confusion.iou[1] == pytest.approx(cars / result.points)


def test_frames_without_labels_are_not_predicted(tmp_path):
    asked = []
    source = FakeSource(tmp_path, 4, unlabelled=(1, 2))
    evaluate(source, lambda frame, scan: asked.append(frame.number) or all_cars(frame, scan), DEFAULT)
    assert asked == [0, 3]


def test_frames_that_cannot_be_read_are_told_and_passed_over(tmp_path):
    told = []
    source = FakeSource(tmp_path, 4, broken=(1,))
    result = evaluate(source, all_cars, DEFAULT, failed=lambda frame, error: told.append((frame.number, str(error))))
    assert result.frames == 3
    assert told == [(1, f"{tmp_path / '1'}: broken; mend it")]


@pytest.mark.parametrize(
    ("frames", "broken", "failed", "message"),
    [
        (4, (1,), None, "broken; mend it"),
        (1, (0,), lambda *_: None, "0: broken; mend it"),
        (2, (0, 1), lambda *_: None, "no labelled scan can be read; the first: .*broken"),
    ],
    ids=["strict", "the only frame", "all frames"],
)
def test_frames_that_cannot_be_read_stop(tmp_path, frames, broken, failed, message):
    with pytest.raises(InputError, match=message):
        evaluate(FakeSource(tmp_path, frames, broken=broken), all_cars, DEFAULT, failed=failed)


@pytest.mark.parametrize("frames", [0, 2])
def test_nothing_to_score_against(tmp_path, frames):
    with pytest.raises(InputError, match="no labels to score against in"):
        evaluate(FakeSource(tmp_path, frames, unlabelled=range(frames)), all_cars, DEFAULT)


def test_progress(tmp_path):
    told = []
    evaluate(FakeSource(tmp_path), all_cars, DEFAULT, progress=told.append)
    assert told == [1, 2, 3]


def test_saved_labels_are_read_by_the_frames_name(tmp_path):
    source = FakeSource(tmp_path)
    for frame in source.frames:
        labels = source.truth(frame, source.scan(frame), DEFAULT)
        labels.astype("<u4").tofile(tmp_path / f"{frame.name}.label")
    assert evaluate(source, saved_labels(tmp_path), DEFAULT).confusion.iou[1] == 1


def test_a_frame_without_saved_labels(tmp_path):
    with pytest.raises(InputError, match=r"0000000000\.label: no prediction for this frame"):
        evaluate(FakeSource(tmp_path), saved_labels(tmp_path), DEFAULT)
