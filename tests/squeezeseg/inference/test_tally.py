"""Counting a scan's points."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.tally import tally

from squeezeseg.inference.tally import count

POINT = st.tuples(st.sampled_from([0, 1, 2, 3, 255]), st.sampled_from([0.0, 0.5, 1.0]))


@settings(deadline=None)
@given(st.lists(POINT, max_size=40))
def test_points_are_counted(rows):
    table = np.array(rows, np.float64).reshape(-1, 2)
    labels, confidence = table[:, 0].astype(np.uint8), table[:, 1].astype(np.float32)
    points = np.zeros(256, np.int64)
    unknown = count(labels, confidence, points)
    assert ({k: n for k, n in enumerate(points.tolist()) if n}, unknown) == tally(labels, confidence)
