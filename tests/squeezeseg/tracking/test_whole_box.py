"""Whole boxes of cars that are seen in part."""

from __future__ import annotations

import math

import pytest

from data.boxes import Box
from squeezeseg.tracking.whole_box import whole_box

SIZE = (4.2, 1.8, 1.5)


def part(true, length, width):
    """What is seen of a car from the origin: its nearest corner stays."""
    cos, sin = math.cos(true.yaw), math.sin(true.yaw)
    x, y, _ = true.centre
    ahead, left = -x * cos - y * sin, x * sin - y * cos
    dx = math.copysign((true.size[0] - length) / 2, ahead) if abs(ahead) > true.size[0] / 2 else 0.0
    dy = math.copysign((true.size[1] - width) / 2, left) if abs(left) > true.size[1] / 2 else 0.0
    middle = (x + dx * cos - dy * sin, y + dx * sin + dy * cos, true.centre[2])
    return Box("Car", middle, (length, width, true.size[2]), true.yaw)


@pytest.mark.parametrize("place", [(15, 6), (15, -6), (-15, 6), (-15, -6), (20, 4)])
@pytest.mark.parametrize("yaw", [0.0, 0.2, math.pi - 0.1])
@pytest.mark.parametrize(("length", "width"), [(3.0, 0.8), (2.5, 1.8), (4.2, 0.3)])
def test_the_middle_is_where_the_whole_car_has_it(place, yaw, length, width):
    true = Box("Car", (*place, 0.0), SIZE, yaw)
    found = whole_box(part(true, length, width), SIZE)
    assert found.centre == pytest.approx(true.centre)
    assert found.size == pytest.approx(true.size)
    assert math.remainder(found.yaw - yaw, math.pi) == pytest.approx(0, abs=1e-9)


def test_a_back_stretches_along_the_line_of_sight():
    """A box around the back alone is wider than long, and fits call its longer side the length."""
    seen = Box("Car", (20.0, 0.0, 0.0), (1.8, 0.4, 1.5), math.pi / 2)
    found = whole_box(seen, SIZE)
    assert found.centre == pytest.approx((20.0 - 0.2 + 2.1, 0.0, 0.0))
    assert abs(math.cos(found.yaw)) == pytest.approx(1)


def test_a_box_that_is_larger_stays():
    large = Box("Car", (10.0, 5.0, 0.2), (8.0, 2.5, 3.0), 0.3)
    found = whole_box(large, SIZE)
    assert (found.centre, found.size, found.yaw) == (pytest.approx(large.centre), large.size, pytest.approx(0.3))
