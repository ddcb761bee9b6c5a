"""Rigid motions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from data.rigid import inverse, move, rigid, upright_box

numbers = st.floats(-10, 10).map(lambda x: round(x, 3))


@given(st.tuples(numbers, numbers, numbers, numbers).filter(any), st.tuples(numbers, numbers, numbers))
def test_a_motion_is_that_of_scipy_and_there_is_a_way_back(quaternion, place):
    motion = rigid(quaternion, place)
    w, *xyz = quaternion
    np.testing.assert_allclose(motion[:3, :3], Rotation.from_quat([*xyz, w]).as_matrix(), atol=1e-9)
    points = np.array([[1.0, 2, 3], [0, 0, 0]])
    np.testing.assert_allclose(move(motion, points)[1], place, atol=1e-9)
    np.testing.assert_allclose(move(inverse(motion), move(motion, points)), points, atol=1e-9)


@pytest.mark.parametrize(
    ("quaternion", "place"),
    [((0, 0, 0, 0), (0, 0, 0)), ((1, 0, 0), (0, 0, 0)), ((1, 0, 0, 0), (0, 0)), ((np.nan, 0, 0, 1), (0, 0, 0))],
)
def test_what_is_no_motion_is_refused(quaternion, place):
    with pytest.raises(ValueError, match="quaternion"):
        rigid(quaternion, place)


def test_a_box_keeps_its_heading_and_loses_its_lean():
    quarter = rigid((np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)), (1, 2, 3))
    lean = rigid((np.cos(0.05), np.sin(0.05), 0, 0), (0, 0, 0))
    box = upright_box(quarter @ lean, "Car", (4, 2, 1.5), 7)
    assert (box.centre, box.size, box.track) == ((1, 2, 3), (4, 2, 1.5), 7)
    assert box.yaw == pytest.approx(np.pi / 2)
