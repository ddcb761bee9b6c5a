"""Level of detail: far plants have fewer triangles, and stop as much light."""

from __future__ import annotations

import numpy as np
import pytest

from data.simulator.mesh import LEAF, Mesh, box, leaves, merge
from data.simulator.props.detail import at_distance, thinned
from data.simulator.street.plot import Plot


@pytest.fixture(scope="module")
def bush() -> Mesh:
    """A box in a cloud of 400 leaves."""
    rng = np.random.default_rng(1)
    return merge([leaves(rng, rng.normal(0, 1, (400, 3)), 0.2, 0.4), box((1, 1, 1), (0, 0, 0), 0.5)])


def area(mesh: Mesh, surface: int) -> float:
    a, b, c = mesh.vertices[mesh.triangles[mesh.surface == surface]].transpose(1, 0, 2)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize(("distance", "count"), [(0, 400), (29.9, 400), (30, 200), (49, 200), (50, 100), (80, 100)])
def test_leaves_get_fewer_with_distance(bush: Mesh, distance: float, count: int) -> None:
    mesh = at_distance(bush, distance)
    assert (mesh.surface == LEAF).sum() == count
    assert (mesh.surface != LEAF).sum() == 12
    assert len(mesh.vertices) == 3 * count + 8


@pytest.mark.parametrize("share", [2, 4])
def test_they_cover_as_much(bush: Mesh, share: int) -> None:
    thin = thinned(bush, share)
    assert area(thin, LEAF) == pytest.approx(area(bush, LEAF), rel=0.15)
    np.testing.assert_array_equal(thin.vertices[-8:], bush.vertices[-8:])


def test_what_has_no_leaves_stays() -> None:
    wall = box((1, 1, 1), (0, 0, 0), 0.5)
    assert at_distance(wall, 70) is wall


def test_the_ego_cars_whole_way_counts(bush: Mesh) -> None:
    plot = Plot(np.random.default_rng(3), 4.0)
    for x in (0.0, plot.way, plot.way + 60):
        plot.put(bush, x, plot.ego_y + 5, 0.0)
    near, end, far = (len(part.triangles) for part in plot.parts)
    assert near == end == 412
    assert far == 112
