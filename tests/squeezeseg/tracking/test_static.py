"""Which points of a scan stay for a map."""

from __future__ import annotations

import numpy as np
import pytest

from data.boxes import Box
from data.labels import BACKGROUND, CAR, CYCLIST, IGNORE, PEDESTRIAN
from squeezeseg.tracking.static import moving_numbers, static_points
from squeezeseg.tracking.tracks import LARGEST_NUMBER, Track, TrackedBox

LABELS = np.array([BACKGROUND, CAR, CAR, PEDESTRIAN, PEDESTRIAN, CAR, CYCLIST, IGNORE], np.uint8)
NUMBERS = np.array([0, 1, 2, 3, 0, 0, 4, 0], np.uint16)


@pytest.mark.parametrize(
    ("dropped", "moving", "stay"),
    [
        ("all", (), [0, 7]),
        ("moving", (), [0, 1, 2, 3, 5, 6, 7]),
        ("moving", (2, 3), [0, 1, 5, 6, 7]),
    ],
)
def test_points_that_stay(dropped, moving, stay):
    assert np.flatnonzero(static_points(LABELS, NUMBERS, dropped, moving)).tolist() == stay


@pytest.mark.parametrize(
    ("class_id", "moving", "dropped"),
    [(CAR, True, True), (CAR, False, False), (CAR, None, False), (PEDESTRIAN, None, True), (PEDESTRIAN, False, False)],
)
def test_what_nobody_knows_of_is_dropped_if_it_is_a_person(class_id, moving, dropped):
    boxes = tuple(TrackedBox(k, Box("Car", (0, 0, 0), (1, 1, 1), 0), True, 0) for k in (5, 6))
    track = Track(LARGEST_NUMBER + 7, class_id, 0.5, boxes, moving, "a")
    assert moving_numbers([track]) == ({"a": {5: {7}, 6: {7}}} if dropped else {})
