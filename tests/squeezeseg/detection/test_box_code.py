"""Boxes as cells tell them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.labels import CAR, OBJECT_CLASSES, PEDESTRIAN
from squeezeseg.detection.box_code import MEANS, decode, encode, half_turn
from squeezeseg.networks.box_cells import NUMBERS

metres = st.floats(-60, 60)
boxes = st.tuples(*[metres] * 3, *[st.floats(0.2, 12)] * 3, st.floats(-7, 7))
cells = st.tuples(metres, metres, st.floats(-3, 3))


def alike(found, expected):
    """True if boxes are the same, either end ahead."""
    assert found[:, :6] == pytest.approx(expected[:, :6], abs=1e-6)
    assert np.abs(half_turn(found[:, 6] - expected[:, 6])) == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=100)
@given(boxes, cells, st.sampled_from(OBJECT_CLASSES))
def test_what_is_encoded_is_decoded(box, cell, kind):
    box, cell, kinds = np.array([box]), np.array([cell]), np.array([kind])
    alike(decode(encode(box, kinds, cell), kinds, cell), box)


@settings(deadline=None, max_examples=50)
@given(boxes, cells, st.floats(-np.pi, np.pi))
def test_a_turned_scan_has_the_same_code(box, cell, turn):
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, -sin], [sin, cos]])
    cell = (*(cell[:2] if np.hypot(*cell[:2]) > 0.1 else (1.0, 2.0)), cell[2])  # a cell on the axis has no azimuth
    turned = (*(matrix @ box[:2]), *box[2:6], box[6] + turn)
    moved = (*(matrix @ cell[:2]), cell[2])
    before = encode(np.array([box]), np.array([CAR]), np.array([cell]))
    after = encode(np.array([turned]), np.array([CAR]), np.array([moved]))
    assert after == pytest.approx(before, abs=1e-6)


def test_a_mean_box_ahead_of_its_cell_is_told_by_its_distance_alone():
    box = np.array([[12.0, 0, 0, *MEANS[PEDESTRIAN], 0]])
    assert encode(box, np.array([PEDESTRIAN]), np.array([[10.0, 0, 0]]))[0] == pytest.approx([2, *[0] * 6, 1])


def test_both_ends_of_a_box_are_one_code():
    box = np.array([[5.0, 5, 0, 4, 2, 1.5, 0.3], [5.0, 5, 0, 4, 2, 1.5, 0.3 + np.pi]])
    one, other = encode(box, np.array([CAR, CAR]), np.ones((2, 3)))
    assert one == pytest.approx(other)


def test_wild_codes_give_finite_boxes():
    wild = np.full((1, NUMBERS), 1e3)
    found = decode(wild, np.array([CAR]), np.array([[1.0, 0, 0]]))
    assert np.isfinite(found).all()
    assert found[0, 3] < 100


def test_no_boxes():
    none = np.zeros((0, NUMBERS)), np.zeros(0, int), np.zeros((0, 3))
    assert decode(*none).shape == (0, 7)
