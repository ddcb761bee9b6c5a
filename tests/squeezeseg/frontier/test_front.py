from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import pareto

from squeezeseg.frontier.front import front

coarse = st.integers(0, 6).map(float)  # so that costs and worths are often equal


@given(st.lists(st.tuples(coarse, coarse), max_size=12))
def test_the_front_is_what_nothing_dominates(points):
    found = front(points)
    assert set(found) == pareto.front(points)
    assert len(found) == len(set(found))
    assert [points[k] for k in found] == sorted(points[k] for k in found)


@pytest.mark.parametrize(
    ("points", "expected"),
    [([], []), ([(1, 1)], [0]), ([(1, 1), (1, 1)], [0, 1]), ([(1, 1), (1, 2)], [1]), ([(1, 1), (2, 1)], [0])],
)
def test_ties(points, expected):
    assert front(points) == expected
