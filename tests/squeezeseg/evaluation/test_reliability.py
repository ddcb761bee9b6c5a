"""Confidence against truth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles.scores import calibration_error

from squeezeseg.evaluation.reliability import BINS, Reliability

CLASSES = ("background", "car", "pedestrian")


def measured(truth, labels, confidence):
    reliability = Reliability(CLASSES)
    reliability.add(np.array(truth, np.uint8), np.array(labels, np.uint8), np.array(confidence, np.float32))
    return reliability


@given(st.data(), st.integers(1, 60))
def test_the_calibration_error_equals_guos_formula(data, points):
    truth, labels = (data.draw(arrays(np.uint8, points, elements=st.integers(0, 2))) for _ in range(2))
    confidence = data.draw(arrays(np.float32, points, elements=st.sampled_from([0, 0.05, 0.34, 0.55, 0.81, 0.97, 1])))
    ours = measured(truth, labels, confidence).as_dict()["all"]["ece"]
    assert ours == pytest.approx(calibration_error(truth == labels, confidence, BINS), abs=2e-6)


def test_frames_are_counted_together():
    both = measured([1, 0], [1, 1], [0.9, 0.3])
    both.add(np.array([2], np.uint8), np.array([2], np.uint8), np.array([0.7], np.float32))
    assert both.as_dict() == measured([1, 0, 2], [1, 1, 2], [0.9, 0.3, 0.7]).as_dict()


def test_bins_of_a_class_are_of_what_was_given():
    result = measured([1, 0, 0], [1, 1, 0], [0.95, 0.92, 0.35]).as_dict()
    car = result["by_class"]["car"]
    assert car["points"] == [0] * 9 + [2]
    assert car["accuracy"] == [None] * 9 + [0.5]
    assert car["confidence"][9] == pytest.approx(0.935)
    assert car["ece"] == pytest.approx(0.435)
    assert result["by_class"]["pedestrian"]["ece"] is None
    assert result["objects"]["points"] == car["points"]
    assert result["edges"] == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]


def test_what_is_left_above_a_confidence():
    rows = {r["below"]: r for r in measured([1, 1, 0, 0], [1, 0, 0, 1], [0.9, 0.4, 0.99, 0.3]).coverage()}
    assert (rows[0]["kept"], rows[0]["accuracy"], rows[0]["iou"]["car"]) == (1, 0.5, pytest.approx(1 / 3, abs=1e-6))
    assert (rows[0.5]["kept"], rows[0.5]["objects_kept"], rows[0.5]["accuracy"]) == (0.5, 0.5, 1)
    assert rows[0.5]["iou"] == {"car": 1, "pedestrian": None}
    assert rows[0.98]["objects_kept"] == 0


def test_a_label_at_the_threshold_is_kept():
    rows = {r["below"]: r["kept"] for r in measured([0] * 3, [0] * 3, [0.5, 0.9, 0.98]).coverage()}
    assert (rows[0.5], rows[0.9], rows[0.98]) == (1, pytest.approx(2 / 3, abs=1e-6), pytest.approx(1 / 3, abs=1e-6))


def test_of_nothing():
    result = Reliability(CLASSES)
    json.dumps([result.as_dict(), result.coverage()], allow_nan=False)
    assert result.as_dict()["all"]["ece"] is None


def called_cars(claims, points=10):
    """A frame of as many points each of objects called car, with these confidences."""
    n = len(claims) * points
    found = Reliability(CLASSES)
    ids, sure = (np.repeat(values, points) for values in (range(1, len(claims) + 1), claims))
    found.add(np.ones(n, np.uint8), np.ones(n, np.uint8), sure.astype(np.float32), ids)
    return found


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([1.0] * 5, 0),
        ([0.5], 0.5),
        ([0.9], 2 * 0.9 * 0.1),  # wrong once in ten times, and then by 0.9
        ([0.85] * 400, np.sqrt(2 / np.pi * 0.85 * 0.15 / 400)),  # the mean of a binomial's deviation
    ],
    ids=["sure", "either way", "rarely wrong", "many"],
)
def test_the_error_by_chance_of_so_many_objects(claims, expected):
    result = called_cars(claims).as_dict()["by_class"]["car"]["by_chance"]
    assert result["objects"] == len(claims)
    assert result["mean"] == pytest.approx(expected, abs=0.04 if len(claims) < 10 else 0.004)
    assert result["once_in_20"] >= result["mean"] - 1e-9


def test_no_objects_have_no_error_by_chance():
    result = called_cars([0.9]).as_dict()["by_class"]
    assert result["pedestrian"]["by_chance"] == {"objects": 0, "mean": None, "once_in_20": None}
    assert "by_chance" not in result["background"]


def test_points_of_no_object_have_no_part_in_it():
    found = called_cars([0.9])
    found.add(np.ones(5, np.uint8), np.ones(5, np.uint8), np.full(5, 0.1, np.float32), np.zeros(5, np.int32))
    assert found.by_chance(1) == called_cars([0.9]).by_chance(1)
