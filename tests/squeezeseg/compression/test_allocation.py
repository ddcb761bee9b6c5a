"""Bytes divided among layers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection import InputError
from squeezeseg.compression.allocation import Choice, allocate

CURVE = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=4)


def choices(curves):
    return {str(k): [Choice((k, i), *one) for i, one in enumerate(curve)] for k, curve in enumerate(curves)}


@given(curves=st.lists(CURVE, min_size=1, max_size=4), budget=st.integers(1, 200))
def test_what_is_chosen_fits_and_is_the_best_of_its_size(curves, budget):
    if sum(min(size for size, _ in curve) for curve in curves) > budget:
        with pytest.raises(InputError, match="bytes are too few"):
            allocate(choices(curves), budget)
        return
    chosen = allocate(choices(curves), budget).values()
    size, damage = (sum(getattr(one, name) for one in chosen) for name in ("size", "damage"))
    assert size <= budget
    every = [tuple(map(sum, zip(*some, strict=True))) for some in product(*curves)]
    assert damage == min(other for took, other in every if took <= size)


def test_bytes_go_where_they_help_most():
    sensitive, robust = [(10, 9.0), (20, 1.0)], [(10, 0.2), (20, 0.1)]
    chosen = allocate(choices([sensitive, robust]), 30)
    assert [one.size for one in chosen.values()] == [20, 10]


def test_with_enough_bytes_nothing_is_damaged():
    assert [one.damage for one in allocate(choices([[(5, 1.0), (9, 0.0)]]), 100).values()] == [0.0]
