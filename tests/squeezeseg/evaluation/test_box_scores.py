"""Scores of boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.average_precision import slow_average_precision

from data.boxes import Box
from data.labels import CAR, IGNORE, PEDESTRIAN, class_map
from squeezeseg.evaluation.box_scores import POINTS, FrameBoxes, average_precision, box_scores, judge

KINDS = class_map("default")
CARS = [Box("Car", (x, 3.0, 0.0), (4.0, 2.0, 1.6), 0.3) for x in (8.0, 20.0, 40.0)]


def filled(box, count=30):
    """Points in a box."""
    random = np.random.default_rng(0)
    x, y, z = ((random.random((count, 3)) - 0.5) * np.array(box.size) * 0.9).T
    cos, sin = np.cos(box.yaw), np.sin(box.yaw)
    at = np.stack([x * cos - y * sin, x * sin + y * cos, z], 1) + box.centre
    return np.column_stack([at, np.zeros(count)]).astype(np.float32)


def frame(found, true=CARS, points=None, truth=None):
    points = np.concatenate([filled(box) for box in true]) if points is None else points
    truth = np.full(len(points), CAR, np.uint8) if truth is None else truth
    return FrameBoxes.of(true, found, points, truth, np.ones(len(points), bool), KINDS)


def sure(boxes, score=0.9):
    return [(box, CAR, score) for box in boxes]


def moved(box, by):
    return replace(box, centre=(box.centre[0] + by, *box.centre[1:]))


def test_boxes_that_are_right_score_all():
    scores = box_scores([frame(sure(CARS))])["car"]
    assert (scores["truth"], scores["detected"], scores["false_per_frame"]) == (3, 1, 0)
    for one in (scores["ap"], *scores["by_distance"].values()):
        assert one == {name: {"bev": 1, "3d": 1} for name in ("strict", "loose")}


def test_a_class_that_does_not_occur_has_no_score():
    scores = box_scores([frame(sure(CARS))])["cyclist"]
    assert (scores["truth"], scores["detected"]) == (0, None)
    assert scores["ap"]["loose"] == {"bev": None, "3d": None}


def test_a_box_that_is_off_meets_its_object_loosely():
    # 1.2 of 4 metres: IoU (4 - 1.2) / (4 + 1.2) = 0.54 along the car.
    off = [replace(box, yaw=0.0) for box in CARS]
    scores = box_scores([frame(sure([moved(box, 1.2) for box in off]), off)])["car"]
    assert scores["ap"]["loose"]["bev"] == 1
    assert scores["ap"]["strict"]["bev"] == 0
    assert scores["detected"] == 1


def test_height_counts_in_3d_alone():
    tall = [replace(box, size=(4.0, 2.0, 3.4)) for box in CARS]
    ap = box_scores([frame(sure(tall))])["car"]["ap"]
    assert ap["loose"] == {"bev": 1, "3d": 0}


def test_a_box_of_nothing_is_false_and_costs_precision_if_it_is_surer():
    nothing = moved(CARS[0], 10.5)
    lower = box_scores([frame([*sure(CARS), (nothing, CAR, 0.1)])])["car"]
    surer = box_scores([frame([*sure(CARS), (nothing, CAR, 0.99)])])["car"]
    assert lower["false_per_frame"] == surer["false_per_frame"] == 1
    assert lower["ap"]["loose"]["bev"] == 1
    assert surer["ap"]["loose"]["bev"] == pytest.approx(0.75)


def test_two_boxes_of_one_object_are_one_too_many():
    scores = box_scores([frame(sure([*CARS, CARS[1]]))])["car"]
    assert (scores["detected"], scores["false_per_frame"]) == (1, 1)


def test_an_object_without_points_need_not_be_found():
    points = np.concatenate([filled(CARS[0]), filled(CARS[1], 3)])
    scores = box_scores([frame(sure(CARS[:1]), CARS, points)])["car"]
    assert (scores["truth"], scores["detected"]) == (1, 1)
    # And is no fault where it is found.
    assert box_scores([frame(sure(CARS), CARS, points)])["car"]["false_per_frame"] == 0


def test_a_box_where_nobody_knows_what_is_there_is_no_fault():
    unknown = moved(CARS[0], 60)
    points = np.concatenate([*(filled(box) for box in CARS), filled(unknown)])
    truth = np.full(len(points), CAR, np.uint8)
    truth[-30:] = IGNORE
    assert box_scores([frame(sure([*CARS, unknown]), CARS, points, truth)])["car"]["false_per_frame"] == 0
    truth[-30:] = 0
    assert box_scores([frame(sure([*CARS, unknown]), CARS, points, truth)])["car"]["false_per_frame"] == 1


def test_zones_are_of_what_lies_in_them():
    scores = box_scores([frame(sure([CARS[0], moved(CARS[1], 5)]))])["car"]["by_distance"]
    assert [one["loose"]["bev"] for one in scores.values()] == [1, 0, 0]


def test_a_box_of_another_class_is_none_of_this_one():
    scores = box_scores([frame([(box, PEDESTRIAN, 0.9) for box in CARS])])
    assert scores["car"]["detected"] == 0
    assert scores["pedestrian"]["false_per_frame"] == 3


def test_frames_are_scored_together():
    scores = box_scores([frame(sure(CARS)), frame([])])["car"]
    assert (scores["truth"], scores["detected"], scores["false_per_frame"]) == (6, 0.5, 0)
    assert scores["ap"]["strict"]["3d"] == pytest.approx(0.5)


calls_of = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([1, 1, 0, -1])), max_size=12)


@settings(deadline=None, max_examples=100)
@given(calls_of, st.integers(0, 5))
def test_average_precision_is_the_slow_one(pairs, missed):
    scores, calls = np.array([score for score, _ in pairs], float), np.array([call for _, call in pairs], int)
    truth = int((calls == 1).sum()) + missed
    expected = slow_average_precision(truth, scores, calls, POINTS)
    assert average_precision(truth, scores, calls) == (None if expected is None else pytest.approx(expected))


def test_the_surer_box_has_the_object_and_the_other_is_wrong():
    overlaps = np.array([[0.8, 0.9, 0.6], [0.0, 0.7, 0.0]])
    none = np.zeros(2, bool), np.zeros(3, bool)
    assert judge(overlaps, np.array([0.5, 0.9, 0.4]), *none, 0.5).tolist() == [0, 1, 0]
    assert judge(overlaps, np.array([0.9, 0.5, 0.4]), *none, 0.5).tolist() == [1, 1, 0]


def test_an_object_that_need_not_be_found_is_chosen_last():
    optional = np.array([True, False])
    overlaps = np.array([[0.9, 0.9], [0.6, 0.0]])
    assert judge(overlaps, np.array([0.9, 0.5]), optional, np.zeros(2, bool), 0.5).tolist() == [1, -1]
