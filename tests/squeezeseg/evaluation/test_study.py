"""What is gathered of a run for its scores. Borders, objects, intervals and reliability have tests of their own."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.samples import FakeSource
from helpers.scans import SMALL

from data.labels import CLASS_MAPS, IGNORE
from data.segmentation import Segmentation
from projection import project
from squeezeseg import Evaluation
from squeezeseg.evaluation.labelled_frames import LabelledFrame, labelled_frames
from squeezeseg.evaluation.study import Study

DEFAULT = CLASS_MAPS["default"]


def crowded(path, frames=3):
    """With more points than pixels."""
    return FakeSource(path, frames, sensor=replace(SMALL, columns=128))


def wrong(truth, scan, share=0.1):
    """The truth, a share of it turned to another class."""
    rng = np.random.default_rng(scan.frame)
    return np.where(rng.random(len(truth)) < share, (truth + 1) % 4, truth).astype(np.uint8)


def studied(source, predict=wrong, per="point", confidence=True, **options):
    study = Study(per=per)
    for item in labelled_frames(source, DEFAULT):
        labels = predict(item.truth, item.scan)
        sure = np.where(labels == item.truth, 0.9, 0.6).astype(np.float32) if confidence else None
        study.add(item, Segmentation(labels, project(item.scan.points, source.sensor), sure), **options)
    return study


def frame_of(source, number=0):
    item = next(item for item in labelled_frames(source, DEFAULT) if item.frame.number == number)
    return item, project(item.scan.points, source.sensor)


def test_the_plain_scores_are_the_evaluations(tmp_path):
    source, evaluation = FakeSource(tmp_path), Evaluation()
    for item in labelled_frames(source, DEFAULT):
        distance = np.linalg.norm(item.scan.points[:, :3].astype(float), axis=1)
        evaluation.add(item.truth, wrong(item.truth, item.scan), distance)
    result, expected = studied(source).as_dict(), evaluation.as_dict()
    assert {key: result[key] for key in expected} == expected


@pytest.mark.parametrize("confidence", [True, False])
def test_studies_of_single_frames_merge_to_that_of_all(tmp_path, confidence):
    source, merged = crowded(tmp_path), Study()
    for frame in source.frames:
        merged.merge(studied(source.with_frames([frame]), confidence=confidence, recording="one"))
    assert merged.as_dict() == studied(source, confidence=confidence, recording="one").as_dict()


def test_points_add_up(tmp_path):
    result = studied(crowded(tmp_path)).as_dict()
    cars = result["truth_points"]["car"]
    assert sum(part["car"] for part in result["points_by_distance"].values()) == cars
    assert sum(result["borders"][key]["truth_points"]["car"] for key in ("border", "interior")) == cars
    assert sum(result["reliability"]["all"]["points"]) == np.sum(result["confusion"]["rows_are_truth"])
    assert result["borders"]["border"]["truth_points"]["car"] > 0


def test_pixels_are_the_points_that_are_seen(tmp_path):
    source = crowded(tmp_path)
    images = [project(scan.points, source.sensor) for scan in source]
    result = studied(source, per="pixel").as_dict()
    assert result["per"] == "pixel"
    assert result["points"] == sum(int(image.mask.sum()) for image in images)
    assert result["points"] < sum(len(scan) for scan in source)
    matrix = np.zeros((4, 4), int)
    for item, image in zip(labelled_frames(source, DEFAULT), images, strict=True):
        truth, labels = (image.of_pixels(v, IGNORE)[image.mask] for v in (item.truth, wrong(item.truth, item.scan)))
        np.add.at(matrix, (truth, labels), 1)
    assert result["confusion"]["rows_are_truth"] == matrix.tolist()


def test_json_holds_no_nan_and_no_array(tmp_path):
    json.dumps(studied(FakeSource(tmp_path)).as_dict(), allow_nan=False)
    json.dumps(Study().as_dict(), allow_nan=False)


def test_without_confidence_there_is_no_reliability(tmp_path):
    result = studied(FakeSource(tmp_path), confidence=False).as_dict()
    assert result["reliability"] is None
    assert result["coverage"] is None


def test_labels_called_unknown_are_counted_and_not_scored(tmp_path):
    item, image = frame_of(FakeSource(tmp_path))
    seen = image.pixel >= 0
    labels = item.truth.copy()
    labels[np.flatnonzero(seen)[::4]] = IGNORE
    study = Study()
    study.add(item, Segmentation(labels, image))
    result = study.as_dict()
    assert result["unknown"] == pytest.approx(0.25, abs=0.001)
    assert result["iou"]["car"] == 1


def test_the_worst_frame_costs_most(tmp_path):
    study = studied(FakeSource(tmp_path, 3), lambda truth, scan: wrong(truth, scan, (0.1, 0.5, 0)[scan.frame]))
    assert [frame.number for frame, _ in study.ranked(5)] == [1, 0]
    result = study.as_dict()
    assert [one["name"] for one in result["worst_frames"]] == ["0000000001", "0000000000"]
    # What all frames cost is what is missing from the mean IoU.
    assert study.losses().sum() == pytest.approx(1 - result["mean_iou"], abs=1e-6)
    one = result["worst_frames"][0]
    hit = one["truth_points"]["car"] - one["missed_points"]["car"]
    assert one["iou"]["car"] == pytest.approx(hit / (one["truth_points"]["car"] + one["false_points"]["car"]), abs=1e-6)


def test_a_class_that_never_is_has_no_iou_anywhere_and_costs_nothing(tmp_path):
    source = crowded(tmp_path)
    study = Study()
    for item in labelled_frames(source, DEFAULT):
        truth = np.where(item.truth == 1, 1, 0).astype(np.uint8)
        labels = np.where(truth == 1, 1, 2).astype(np.uint8)  # all else is called a pedestrian
        sure = np.full(len(truth), 0.9, np.float32)
        made = Segmentation(labels, project(item.scan.points, source.sensor), sure)
        study.add(LabelledFrame(item.frame, item.scan, truth), made)
    result = study.as_dict()
    nothing = {"pedestrian": None, "cyclist": None}
    parts = [result["iou"], *result["by_distance"].values(), *(row["iou"] for row in result["coverage"][:-1])]
    parts += [result["borders"][zone]["iou"] for zone in ("border", "interior")]
    assert all(part.items() >= nothing.items() for part in parts)
    assert result["intervals"]["iou"]["pedestrian"] is None
    assert result["mean_iou"] == 1
    assert result["worst_frames"] == []


def test_objects_are_the_truths_own_or_what_hangs_together(tmp_path):
    item, image = frame_of(FakeSource(tmp_path))
    ids = np.where(item.truth == 1, 1 + np.arange(len(item.truth)) % 2, 0).astype(np.int32)
    given, joined = Study(), Study()
    given.add(item, Segmentation(item.truth, image, instances=ids.astype(np.uint16)), objects=ids)
    joined.add(item, Segmentation(item.truth, image))
    given, joined = given.as_dict()["objects"], joined.as_dict()["objects"]
    assert (given["truth_from"], given["predicted_from"]) == ("given", "given")
    assert (joined["truth_from"], joined["predicted_from"]) == ("connected", "connected")
    assert given["car"]["truth"] == given["car"]["detected"] == given["car"]["predicted"] == 2
    assert (given["car"]["precision"], given["car"]["recall"], given["car"]["false"]) == (1, 1, 0)


def test_whole_drives_are_drawn_where_there_are_enough(tmp_path):
    source = FakeSource(tmp_path)
    study = Study()
    for drive in range(6):
        item, image = frame_of(source, drive % 3)
        study.add(item, Segmentation(wrong(item.truth, item.scan), image), recording=f"drive {drive}")
    intervals = study.as_dict()["intervals"]
    assert (intervals["unit"], intervals["units"]) == ("drives", 6)
    low, high = intervals["iou"]["car"]
    assert low < study.as_dict()["iou"]["car"] < high


def test_a_frame_keeps_counts_and_no_points(tmp_path):
    frame = studied(FakeSource(tmp_path, 1)).frames[0]
    assert frame.cells.nbytes + frame.objects.nbytes < 2000


def test_an_empty_scan(tmp_path):
    item, _ = frame_of(FakeSource(tmp_path))
    empty = replace(item.scan, points=np.empty((0, 4), np.float32))
    study = Study()
    none = np.empty(0, np.uint8)
    image = project(empty.points, FakeSource(tmp_path).sensor)
    study.add(LabelledFrame(item.frame, empty, none), Segmentation(none, image, np.empty(0, np.float32)))
    assert study.as_dict()["frames"] == 1
