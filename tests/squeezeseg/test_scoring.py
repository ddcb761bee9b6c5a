"""Scores in Python."""

from __future__ import annotations

import json

import pytest
from helpers.drive import write_drive
from helpers.engine import segmenter

import squeezeseg
from data.labels import class_map
from projection import InputError
from squeezeseg.evaluation.labelled_frames import evaluate as score


@pytest.fixture(scope="module")
def drive(tmp_path_factory):
    return write_drive(tmp_path_factory.mktemp("scoring"))


def test_the_scores_are_those_of_the_labels(drive):
    source, one = squeezeseg.open_source(drive), segmenter()
    expected = score(source, lambda _, scan: one(scan).labels, class_map("default"))
    for given in (drive, str(drive), source):
        found = squeezeseg.evaluate(given, one)
        assert found.as_dict() == expected.as_dict()
    assert found.iou["car"] == pytest.approx(expected.as_dict()["iou"]["car"], abs=1e-6)
    assert 0 < found.mean_iou < 1
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_class_that_does_not_occur_has_a_dash(drive):
    found = squeezeseg.evaluate(drive, segmenter())
    assert repr(found).endswith("pedestrian -, cyclist -)")
    head, *rows = str(found).splitlines()
    assert [row.split()[0] for row in rows] == ["car", "pedestrian", "cyclist"]
    assert len({len(line) for line in (head, *rows)}) == 1


def test_a_segmenter_of_its_own(drive, monkeypatch):
    monkeypatch.setattr(squeezeseg.Segmenter, "load", segmenter)
    assert squeezeseg.evaluate(drive, view="front").frames == 3
    with pytest.raises(InputError, match="view: give a segmenter or its settings"):
        squeezeseg.evaluate(drive, segmenter(), view="front")


def test_a_damaged_frame_is_left_out_or_raises(tmp_path, caplog):
    drive = write_drive(tmp_path)
    sorted(drive.rglob("*.bin"))[1].write_bytes(b"cut")
    assert squeezeseg.evaluate(drive, segmenter()).frames == 2
    assert "left out" in caplog.text
    with pytest.raises(InputError, match="copy it again"):
        squeezeseg.evaluate(drive, segmenter(), strict=True)
