"""What is scored of tracks, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from data.boxes import Box
from data.labels import CAR, class_map
from squeezeseg.evaluation.tracks.matching import TrackTruth, track_frame

POINTS = np.array([[10.0 + k % 3, k % 2, 0, 0] for k in range(50)], np.float32)


def box(x, kind="Car", track=1):
    return Box(kind, (x, 0.0, 0.0), (4.2, 1.8, 1.5), 0.0, track)


def scored(boxes, seen, given, at=None):
    truth = TrackTruth(tuple(boxes), np.array(seen), POINTS, at)
    one = track_frame(CAR, truth, given, class_map("default"))
    assert one.away.shape == (len(one.true), len(one.given))
    return one.true.tolist(), one.given.tolist()


@pytest.mark.parametrize(
    ("true", "seen", "given", "expected"),
    [
        (box(10), 10, box(10.5, track=7), ([1], [7])),
        (box(10), 10, box(13, track=7), ([1], [7])),  # too far to be one: missed, and false
        (box(10), 9, box(10.5, track=7), ([], [])),
        (box(10), 9, box(13, track=7), ([], [7])),
        (box(51), 99, box(49.5, track=7), ([], [])),
        (box(49), 99, box(50.5, track=7), ([1], [7])),
        (box(10), 99, box(60, track=7), ([1], [])),
        (box(10, "Van"), 99, box(10, track=7), ([1], [7])),
        (box(10, "Tram"), 99, box(10, track=7), ([], [])),  # ignored, with what stands there
        (box(10, "Pedestrian"), 99, box(10, track=7), ([], [7])),
    ],
)
def test_a_true_box_and_a_predicted_one(true, seen, given, expected):
    assert scored([true], [seen], [given]) == expected


def test_a_hidden_object_takes_one_prediction_alone():
    assert scored([box(10)], [0], [box(10, track=7), box(10.5, track=8)]) == ([], [8])


@pytest.mark.parametrize(("known", "expected"), [(True, [7]), (False, [])])
def test_predictions_where_nobody_labelled_are_left_out(known, expected):
    assert scored([], np.zeros(0, int), [box(11, track=7)], np.full(50, known)) == ([], expected)


def test_nobody_knows_what_is_where_no_point_is():
    assert scored([], np.zeros(0, int), [box(30, track=7)], np.ones(50, bool)) == ([], [])
