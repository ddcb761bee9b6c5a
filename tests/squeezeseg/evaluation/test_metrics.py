"""Intersection over union."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles.iou import IoUEvaluator

from data.labels import IGNORE
from squeezeseg import Confusion, Evaluation

IDS = st.sampled_from([0, 1, 2, 3, IGNORE])
DISTANCES = st.sampled_from([0.0, 3.0, 14.999, 15.0, 29.0, 30.0, 80.0])


def labels(*ids):
    return np.array(ids, np.uint8)


def metres(*values):
    return np.array(values, np.float32)


@given(st.data(), st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_equals_an_independent_evaluator(data, lengths):
    evaluation, reference = Evaluation(), IoUEvaluator()
    for length in lengths:
        truth, predicted = (data.draw(arrays(np.uint8, length, elements=IDS)) for _ in range(2))
        distance = data.draw(arrays(np.float64, length, elements=DISTANCES))
        evaluation.add(truth, predicted, distance)
        reference.add(truth, predicted, np.stack([distance, 0 * distance, 0 * distance], axis=1))
    np.testing.assert_array_equal(evaluation.confusion.matrix, reference.counts.sum(axis=0).T)
    scores = (evaluation.confusion.iou, evaluation.confusion.precision, evaluation.confusion.recall)
    for ours, theirs in zip(scores, reference.scores(), strict=True):
        np.testing.assert_allclose(ours, np.array(theirs, float))
    for counts, part in zip(reference.counts, evaluation.by_distance.values(), strict=True):
        np.testing.assert_array_equal(part.matrix, counts.T)
    assert (evaluation.unscored, evaluation.points) == (reference.ignored, reference.points)


@pytest.mark.parametrize(
    ("truth", "predicted", "iou", "precision", "recall"),
    [
        ((1, 1, 1, 0), (1, 1, 0, 1), 2 / 4, 2 / 3, 2 / 3),
        ((1, 1), (1, 1), 1, 1, 1),
        ((1, 1), (0, 0), 0, np.nan, 0),
        ((0, 0), (1, 1), np.nan, 0, np.nan),
        ((0, 0), (0, 0), np.nan, np.nan, np.nan),
        ((IGNORE, 1), (1, IGNORE), np.nan, np.nan, np.nan),
    ],
)
def test_scores_of_one_class(truth, predicted, iou, precision, recall):
    confusion = Evaluation().add(labels(*truth), labels(*predicted), metres(*truth))
    np.testing.assert_equal((confusion.iou[1], confusion.precision[1], confusion.recall[1]), (iou, precision, recall))


def test_mean_iou_is_of_the_object_classes_that_occur():
    confusion = Evaluation().add(labels(0, 1, 2, 2), labels(0, 1, 2, 0), metres(1, 1, 1, 1))
    assert confusion.mean_iou == pytest.approx((1 + 0.5) / 2)
    assert np.isnan(Confusion(np.diag([5, 0, 0, 0])).mean_iou)


def test_a_class_without_a_true_point_has_no_part_in_the_mean():
    evaluation = Evaluation()
    confusion = evaluation.add(labels(1, 0, 0), labels(1, 2, 3), metres(1, 20, 40))
    assert confusion.mean_iou == 1
    result = evaluation.as_dict()
    assert (result["iou"], result["mean_iou"]) == ({"car": 1.0, "pedestrian": None, "cyclist": None}, 1.0)
    assert result["by_distance"]["15-30"] == {"car": None, "pedestrian": None, "cyclist": None}
    assert result["precision"] == {"car": 1.0, "pedestrian": 0.0, "cyclist": 0.0}


def test_frames_are_counted_together_not_averaged():
    evaluation = Evaluation()
    evaluation.add(labels(1), labels(1), metres(1))
    evaluation.add(labels(1, 1, 1), labels(0, 0, 0), metres(1, 1, 1))
    assert evaluation.confusion.iou[1] == 0.25
    assert evaluation.frames == 2


def test_distances_belong_to_the_zone_that_they_begin():
    evaluation = Evaluation()
    evaluation.add(labels(1, 1, 1, 1), labels(1, 1, 1, 1), metres(14.9, 15, 30, 200))
    assert [int(part.matrix[1, 1]) for part in evaluation.by_distance.values()] == [1, 1, 2]


def test_json_has_null_where_a_class_never_occurs():
    evaluation = Evaluation()
    evaluation.add(labels(1, 0, IGNORE), labels(1, 0, 0), metres(1, 1, np.nan))
    result = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    assert result["iou"] == {"car": 1.0, "pedestrian": None, "cyclist": None}
    assert result["unscored"] == pytest.approx(1 / 3, abs=1e-6)
    assert result["mean_iou"] == 1.0
    assert result["truth_points"]["car"] == 1


def test_json_of_nothing():
    result = json.loads(json.dumps(Evaluation().as_dict(), allow_nan=False))
    assert (result["frames"], result["unscored"], result["mean_iou"]) == (0, None, None)


@pytest.mark.parametrize(
    ("truth", "predicted", "distance"),
    [((0, 1), (0,), (1, 1)), ((0,), (0,), (1, 1)), ((4,), (0,), (1,)), ((0,), (9,), (1,))],
)
def test_lengths_and_classes_that_do_not_fit_are_refused(truth, predicted, distance):
    with pytest.raises(ValueError, match="expected"):
        Evaluation().add(labels(*truth), labels(*predicted), metres(*distance))
