"""Suppression: of boxes of a class that overlap, the best stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import detection as slow

from squeezeseg.detection.rectangles import centred, cornered, overlaps
from squeezeseg.detection.suppression import suppress

CHAIN = np.array([[1, 0.6, 0.1], [0.6, 1, 0.6], [0.1, 0.6, 1]])
"""The middle box overlaps both others, which don't overlap."""


@pytest.mark.parametrize(
    ("scores", "classes", "expected"),
    [
        ([0.9, 0.8, 0.7], [0, 0, 0], [0, 2]),  # what is suppressed suppresses nothing
        ([0.7, 0.9, 0.8], [0, 0, 0], [1]),
        ([0.9, 0.8, 0.7], [0, 1, 0], [0, 1, 2]),
        ([0.5, 0.5, 0.5], [0, 0, 0], [0, 2]),  # the first of equal ones
        ([], [], []),
    ],
)
def test_suppress(scores, classes, expected):
    chain = CHAIN[: len(scores), : len(scores)]
    assert suppress(chain, np.array(scores), np.array(classes, int), 0.4).tolist() == expected


@st.composite
def boxes(draw, most=12):
    count = draw(st.integers(0, most))
    numbers = st.integers(0, 30)
    rows = [
        (x, y, x + draw(numbers), y + draw(numbers))
        for x, y in (draw(st.tuples(numbers, numbers)) for _ in range(count))
    ]
    return np.array(rows, float).reshape(-1, 4)


@given(boxes(), st.data())
def test_suppress_as_its_twin(rectangles, data):
    count = len(rectangles)
    scores = np.array(data.draw(st.lists(st.sampled_from([0.1, 0.5, 0.7, 0.9]), min_size=count, max_size=count)))
    classes = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)), int)
    common = overlaps(centred(rectangles), centred(rectangles))
    expected = slow.suppress(common.tolist(), scores.tolist(), classes.tolist(), 0.3)
    assert suppress(common, scores, classes, 0.3).tolist() == expected


@given(boxes(), boxes())
def test_overlaps_as_their_twin(one, other):
    grown = [np.concatenate([each[:, :2], each[:, 2:] + 1], axis=1) for each in (one, other)]
    expected = [[slow.iou(a, b) for b in grown[1].tolist()] for a in grown[0].tolist()]
    assert np.allclose(overlaps(centred(one), centred(other)), np.reshape(expected, (len(one), len(other))))


@given(boxes())
def test_corners_and_centres(rectangles):
    assert np.allclose(cornered(centred(rectangles)), rectangles)
