"""Counting a scan's points and objects."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from oracles.tally import tally

from squeezeseg.inference.tally import count

POINT = st.tuples(
    st.sampled_from([0, 1, 2, 3, 255]), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0, 1, 2, 3, 400, 65535])
)


@given(st.lists(POINT, max_size=40))
def test_points_and_objects_are_counted(rows):
    table = np.array(rows, np.float64).reshape(-1, 3)
    labels, confidence, instances = (
        table[:, k].astype(kind) for k, kind in enumerate((np.uint8, np.float32, np.uint16))
    )
    points, objects = np.zeros((2, 256), np.int64)
    unknown = count(labels, confidence, instances, points, objects, np.zeros(65536, np.bool_))
    expected = tally(labels, confidence, instances)
    assert {k: n for k, n in enumerate(points.tolist()) if n} == expected[0]
    assert {k: n for k, n in enumerate(objects.tolist()) if n} == expected[1]
    assert unknown == expected[2]
