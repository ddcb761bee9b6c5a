"""Scoring the frames of a source. The scores themselves are test_metrics' subject."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.samples import FakeSource

from data.labels import CLASS_MAPS
from projection import InputError
from squeezeseg.evaluation.labelled_frames import evaluate, labelled_frames

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


class Mislabelled(FakeSource):
    """Frames whose labels can't be read, for a reason of their own or for one that all share."""

    def __init__(self, path, frames, broken, shared=False):
        super().__init__(path, frames)
        self.bad, self.shared = broken, shared

    def truth(self, frame, scan, class_map):
        if frame.number in self.bad:
            raise InputError("tracklets: broken" if self.shared else f"{frame.name}: broken labels")
        return super().truth(frame, scan, class_map)


@pytest.mark.parametrize("broken", [(0,), (1,), (3,), (0, 1), (1, 3)])
def test_broken_labels_are_told_and_passed_over(tmp_path, broken):
    told = []
    items = labelled_frames(
        Mislabelled(tmp_path, 4, broken), DEFAULT, failed=lambda frame, error: told.append((frame.number, str(error)))
    )
    assert [item.frame.number for item in items] == [k for k in range(4) if k not in broken]
    assert told == [(k, f"{k:010d}: broken labels") for k in broken]


@pytest.mark.parametrize(
    ("source", "failed", "message"),
    [
        (lambda path: Mislabelled(path, 3, (1,)), None, "0000000001: broken labels"),
        (lambda path: Mislabelled(path, 9, range(9), shared=True), print, "^tracklets: broken$"),
        (
            lambda path: Mislabelled(path, 2, (0, 1)),
            lambda *_: None,
            "no labelled scan can be read; the first: 0000000000",
        ),
    ],
    ids=["strict", "for all the same reason", "each for its own"],
)
def test_broken_labels_that_stop(tmp_path, capsys, source, failed, message):
    with pytest.raises(InputError, match=message):
        list(labelled_frames(source(tmp_path), DEFAULT, failed=failed))
    assert capsys.readouterr().out == ""
