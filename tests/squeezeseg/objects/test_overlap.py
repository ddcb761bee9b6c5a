"""Boxes that overlap, seen from above."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.box_overlap import slow_ious

from data.boxes import Box
from data.labels import CAR, PEDESTRIAN
from squeezeseg.objects.overlap import common_area, first_come, footprints, ious, volumes

numbers = st.floats(-3, 3)
sides = st.floats(0.2, 6)
boxes = st.builds(
    lambda x, y, length, width, yaw: Box("", (x, y, 0), (length, width, 1), yaw), *[numbers] * 2, *[sides] * 2, numbers
)


def sampled(one, other, step=0.04):
    """The common area, by counting points of a grid that both hold."""
    grid = np.stack(np.meshgrid(*[np.arange(-8, 8, step)] * 2, [0.0]), axis=-1).reshape(-1, 3)
    return float((one.contains(grid) & other.contains(grid)).sum()) * step**2


@settings(deadline=None, max_examples=25)
@given(boxes, boxes)
def test_common_area_is_what_sampling_finds(one, other):
    both = footprints([one, other])
    assert common_area(*both) == pytest.approx(sampled(one, other), abs=0.5)
    assert common_area(*both) == pytest.approx(common_area(*both[::-1]), abs=1e-6)


@pytest.mark.parametrize(
    ("other", "area"),
    [
        ((0, 0, 4, 2, 0), 8),
        ((1, 0, 4, 2, 0), 6),
        ((1, 0.5, 4, 2, np.pi), 4.5),
        ((0, 0, 2, 4, np.pi / 2), 8),
        ((0, 0, 1, 1, np.pi / 4), 1),
        ((4, 0, 4, 2, 0), 0),
        ((0, 30, 4, 2, 0), 0),
    ],
)
def test_common_area_of_known_pairs(other, area):
    assert common_area(np.array([0, 0, 4, 2, 0.0]), np.array(other, float)) == pytest.approx(area)


solids = st.builds(
    lambda x, y, z, length, width, height, yaw: Box("", (x, y, z), (length, width, height), yaw),
    *[numbers] * 3, *[sides] * 3, st.floats(-10, 10),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(solids, max_size=3), st.lists(solids, max_size=3))
def test_iou_is_the_slow_ones(ones, others):
    for found, expected in zip(ious(volumes(ones), volumes(others)), slow_ious(ones, others), strict=True):
        assert found == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(solids, solids, st.floats(-np.pi, np.pi))
def test_iou_is_the_same_however_both_are_turned(one, other, turn):
    both = volumes([one, other])
    cos, sin = np.cos(turn), np.sin(turn)
    turned = both.copy()
    turned[:, :2] = both[:, :2] @ np.array([[cos, sin], [-sin, cos]])
    turned[:, 6] += turn + 2 * np.pi
    for found, expected in zip(ious(turned, turned), ious(both, both), strict=True):
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("other", "above", "whole"),
    [
        ((0, 0, 0, 4, 2, 2, 0), 1, 1),
        ((0, 0, 0, 4, 2, 2, np.pi), 1, 1),
        ((2, 0, 1, 4, 2, 2, 0), 1 / 3, 1 / 7),
        ((0, 0, 2, 4, 2, 2, 0), 1, 0),
        ((0, 0, 0, 2, 4, 4, -np.pi / 2), 1, 0.5),
        ((0, 0, 0, 0, 0, 0, 0), 0, 0),
    ],
)
def test_iou_of_known_pairs(other, above, whole):
    found = ious(np.array([[0, 0, 0, 4, 2, 2, 0.0]]), np.array([other], float))
    assert [float(one.item()) for one in found] == pytest.approx([above, whole])


def test_iou_of_none():
    assert [one.shape for one in ious(volumes([]), volumes([]))] == [(0, 0)] * 2


def test_the_first_of_overlapping_boxes_stays():
    shapes = np.array([(x, 0, 4, 2, 0) for x in (0, 3.1, 3.5, 0, 6.0)], float)
    classes = np.array([CAR, CAR, CAR, PEDESTRIAN, CAR])
    # The third overlaps the second; the fourth is of another class; the fifth overlaps what is gone, and the second.
    assert first_come(shapes, classes, 0.3).tolist() == [True, True, False, True, True]
