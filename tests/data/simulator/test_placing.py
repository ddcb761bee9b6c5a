"""Where things are placed in a street: within sight, never in the ego car's way."""

from __future__ import annotations

import numpy as np
import pytest

from data.simulator.street import lookalikes, surroundings
from data.simulator.street.plot import Plot


def placed(place, seed):
    """A plot on which only `place` has put something."""
    plot = Plot(np.random.default_rng((3, seed)), 1.0)
    place(plot)
    return plot


@pytest.mark.parametrize(
    ("place", "ahead"),
    [(lookalikes.place_lookalikes, 50), (lookalikes.place_uprights, 50), (lookalikes.place_obstacles, 70)],
)
def test_things_stand_within_sight_and_beside_the_ego_cars_way(place, ahead):
    count = 0
    for seed in range(6):
        plot = placed(place, seed)
        count += len(plot.parts)
        for mesh in plot.parts:
            low, high = mesh.bounds
            x, y = (low[:2] + high[:2]) / 2
            assert -90 < x < plot.way + ahead + 25
            if 0 < x < plot.way and abs(plot.ego_yaw) < 0.05:
                assert abs(y - plot.ego_y) > 1.0
    assert count > 20


def test_one_street_in_three_ends_at_a_wall_within_sight():
    plots = [placed(surroundings.end_at_wall, seed) for seed in range(40)]
    walled = [plot for plot in plots if plot.parts]
    assert 5 < len(walled) < 25
    for plot in walled:
        x = np.concatenate([mesh.vertices[:, 0] for mesh in plot.parts])
        assert (np.maximum(x - plot.way, -x) > 8).all()
        assert np.ptp(np.concatenate([mesh.vertices[:, 1] for mesh in plot.parts])) > 8


def test_a_wall_across_is_open_where_somebody_drives():
    for seed in range(40):
        plot = Plot(np.random.default_rng((3, seed)), 1.0)
        plot.move(plot.templates.cars[0], 0.0, plot.ego_y, 0.0, 5.0)
        surroundings.end_at_wall(plot)
        for mesh in plot.parts:
            middle = (mesh.bounds[0] + mesh.bounds[1])[1] / 2
            bend = plot.ground.bent(float(mesh.bounds[0][0]), plot.ego_y, 0.0)[1]
            assert abs(middle - bend) > 1.5
