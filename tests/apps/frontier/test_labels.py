"""Names in plots."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from apps.frontier.labels import Box, place

FRAME = Box(0, 0, 900, 350)


@pytest.mark.parametrize("seed", range(4))
def test_names_cover_neither_each_other_nor_points(seed):
    rng = random.Random(seed)
    points = [(rng.uniform(60, 840), rng.uniform(30, 320)) for _ in range(20)]
    sizes = [(rng.uniform(30, 150), 13.0) for _ in points]
    dots = [Box(x - 5, y - 5, 10, 10) for x, y in points]
    placed = place(points, sizes, FRAME)
    assert [(box.width, box.height) for box in placed] == sizes
    assert not [pair for pair in combinations(placed, 2) if pair[0].overlap(pair[1])]
    assert not [box for box in placed for dot in dots if box.overlap(dot)]
    assert all(box.overlap(FRAME) == pytest.approx(box.area) for box in placed)


def test_a_lonely_name_stands_beside_its_point():
    (box,) = place([(100, 100)], [(50, 10)], FRAME)
    assert 5 <= box.left - 100 <= 10
    assert box.bottom == pytest.approx(95)


def test_names_keep_off_lines():
    (box,) = place([(100, 100)], [(50, 10)], FRAME, [Box(0, 99, 900, 2)])
    assert not box.overlap(Box(0, 99, 900, 2))
