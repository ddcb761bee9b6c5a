"""The filter of a few scalars against the one of matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from squeezeseg.tracking.motion import Motion

NUMBER = st.floats(-50, 50)


def matrices(steps, noise, acceleration, velocity):
    """State (x, y, vx, vy) and covariance after the same steps, by the textbook."""
    x, y = steps[0][1:]
    state = np.array([x, y, 0.0, 0.0])
    spread = np.diag([noise**2, noise**2, velocity, velocity])
    see = np.eye(2, 4)
    for seconds, *place in steps[1:]:
        go, push = np.eye(4), np.zeros((4, 2))
        go[0, 2] = go[1, 3] = seconds
        push[0, 0] = push[1, 1] = seconds**2 / 2
        push[2, 0] = push[3, 1] = seconds
        state, spread = go @ state, go @ spread @ go.T + acceleration**2 * push @ push.T
        gain = spread @ see.T @ np.linalg.inv(see @ spread @ see.T + noise**2 * np.eye(2))
        state = state + gain @ (np.array(place) - see @ state)
        spread = (np.eye(4) - gain @ see) @ spread
    return state, spread


@given(
    st.lists(st.tuples(st.floats(0.01, 2), NUMBER, NUMBER), min_size=1, max_size=6),
    st.floats(0.1, 2),
    st.floats(0.1, 5),
    st.floats(0.1, 100),
)
def test_scalars_are_the_matrices(steps, noise, acceleration, velocity):
    motion = Motion(*steps[0][1:], 0.0, 0.0, noise**2, 0.0, velocity)
    for seconds, *place in steps[1:]:
        motion.predict(seconds, acceleration)
        motion.correct(*place, noise)
    state, spread = matrices(steps, noise, acceleration, velocity)
    assert [motion.x, motion.y, motion.vx, motion.vy] == pytest.approx(state, rel=1e-6, abs=1e-6)
    assert [motion.place, motion.both, motion.velocity] == pytest.approx(
        [spread[0, 0], spread[0, 2], spread[2, 2]], rel=1e-6, abs=1e-9
    )
