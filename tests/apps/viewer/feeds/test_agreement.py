"""Agreement of two runs."""

from __future__ import annotations

import numpy as np
import pytest

from apps.viewer.feeds.agreement import agreement


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([0, 1, 1, 2], [0, 1, 0, 2], 0.6667),
        ([1, 2], [2, 1], 0.0),
        ([3, 0, 0], [3, 0, 0], 1.0),
        ([0, 0], [0, 0], None),
        ([1, 255, 1], [1, 1, 255], 1.0),  # without a label in one of the two: not compared
        ([], [], None),
    ],
)
def test_agreement_is_the_share_of_object_points(first, second, expected):
    assert agreement(np.array(first, np.uint8), np.array(second, np.uint8)) == expected
