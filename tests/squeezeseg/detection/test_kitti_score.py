"""KITTI's average precision, against a twin written from the development kit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import detection as slow

from data.kitti.object_labels import flat_label
from squeezeseg.detection.kitti_score import DIFFICULTIES, OVERLAPS, score
from squeezeseg.detection.precision_recall import average_precision

TRUE_KINDS = ["Car", "Car", "Van", "Pedestrian", "Person_sitting", "Cyclist", "Truck", "DontCare"]


def truth(kind="Car", rectangle=(10.0, 10.0, 90.0, 90.0), occlusion=0, truncation=0.0):
    return replace(flat_label(kind, rectangle), occlusion=occlusion, truncation=truncation)


def detection(kind="Car", rectangle=(10.0, 10.0, 90.0, 90.0), score=0.9):
    return flat_label(kind, rectangle, score)


LOW = (10.0, 10.0, 90.0, 40.0)


@pytest.mark.parametrize(
    ("true", "found", "easy", "hard"),
    [
        ([truth()], [detection()], 1, 1),
        ([truth()], [], 0, 0),
        ([truth()], [detection(rectangle=(10, 10, 90, 60))], 0, 0),  # IoU .625
        ([truth("Pedestrian")], [detection("Pedestrian", (10, 10, 90, 60))], 1, 1),
        ([truth()], [detection("Cyclist")], 0, 0),
        ([truth(), truth("Van", (200, 10, 280, 90))], [detection(), detection(rectangle=(200, 10, 280, 90))], 1, 1),
        ([truth(occlusion=2)], [detection()], None, 1),
        ([truth(truncation=0.4)], [detection()], None, 1),
        ([truth(rectangle=LOW)], [detection(rectangle=LOW)], None, 1),
        ([truth(), truth("DontCare", (150, 0, 300, 99))], [detection(), detection(rectangle=(160, 10, 250, 90))], 1, 1),
        # Surer than the right one, and nowhere: half of the boxes are right.
        ([truth()], [detection(), detection(rectangle=(200, 10, 280, 90), score=0.95)], 0.5, 0.5),
        # Lower than what must be found at this difficulty: not wrong.
        ([truth()], [detection(), detection(rectangle=(200, 10, 280, 40), score=0.95)], 1, 0.5),
        ([truth("Truck")], [detection("Truck")], None, None),
    ],
)  # fmt: skip
def test_precision_of_one_image(true, found, easy, hard):
    kind = true[0].kind if true[0].kind in OVERLAPS else "Car"
    at_11 = score([true], [found], 11)[kind]
    # One object is found at all steps of recall: the first of 41 thresholds is the last.
    first = {name: None if value is None else value * 11 for name, value in at_11.items()}
    assert first["easy"] == (None if easy is None else pytest.approx(easy))
    assert first["hard"] == (None if hard is None else pytest.approx(hard))


@pytest.mark.parametrize(("points", "expected"), [(11, 3 / 11), (40, 10 / 40)])
def test_points_of_the_curve(points, expected):
    curve = np.zeros(41)
    curve[:11] = 1
    assert average_precision(curve, points) == pytest.approx(expected)


@st.composite
def images(draw):
    def rectangle():
        left, top = draw(st.integers(0, 3)) * 50, draw(st.integers(0, 2)) * 40
        return float(left), float(top), float(left + draw(st.integers(20, 70))), float(top + draw(st.integers(15, 60)))

    def true():
        return truth(
            draw(st.sampled_from(TRUE_KINDS)),
            rectangle(),
            draw(st.integers(0, 3)),
            draw(st.sampled_from([0.0, 0.2, 0.6])),
        )

    objects = [true() for _ in range(draw(st.integers(0, 6)))]
    boxes = [
        # Most near an object, so that there is something to match.
        detection(one.kind if one.kind in OVERLAPS else "Car",
                  tuple(edge + draw(st.integers(-3, 3)) for edge in one.rectangle), draw(st.sampled_from(SCORES)))
        for one in objects
    ]  # fmt: skip
    more = [
        detection(draw(st.sampled_from(list(OVERLAPS))), rectangle(), draw(st.sampled_from(SCORES)))
        for _ in range(draw(st.integers(0, 5)))
    ]
    return objects, boxes + more


SCORES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@settings(deadline=None, max_examples=60)
@given(st.lists(images(), min_size=1, max_size=6))
def test_scores_as_their_twin(several):
    true, found = [one for one, _ in several], [other for _, other in several]
    for points, steps in ((11, slice(0, 41, 4)), (40, slice(1, 41))):
        scored = score(true, found, points)
        for kind in OVERLAPS:
            for level, difficulty in enumerate(DIFFICULTIES):
                curve = slow.kitti_precision(true, found, kind, level)
                expected = None if curve is None else pytest.approx(np.mean(curve[steps]))
                assert scored[kind][difficulty.name] == expected
