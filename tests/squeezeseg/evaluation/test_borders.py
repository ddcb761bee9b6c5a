"""Pixels near a change of class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from oracles.scores import border

from data.labels import IGNORE
from squeezeseg.evaluation.borders import border_pixels


@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.sampled_from([0, 1, 2, IGNORE])),
    st.booleans(),
    st.integers(1, 3),
)
def test_equals_a_search_of_every_window(truth, wrap, within):
    np.testing.assert_array_equal(border_pixels(truth, wrap=wrap, within=within), border(truth, wrap, within))


@pytest.mark.parametrize(
    ("row", "wrap", "expected"),
    [
        ([0, 0, 0, 1, 1, 1, 1], False, "0111100"),
        ([0, 0, 0, 1, 1, 1, 1], True, "1111111"),
        ([0, 0, IGNORE, 1, 1, 1, 1], False, "0101000"),
        ([0, 0, IGNORE, IGNORE, 1, 1, 1], False, "0000000"),
    ],
)
def test_borders_of_a_row(row, wrap, expected):
    # Two columns away counts, three do not; no truth in between is no border of its own.
    found = border_pixels(np.array([row], np.uint8), wrap=wrap)
    assert "".join(str(int(value)) for value in found[0]) == expected
