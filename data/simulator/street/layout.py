"""Laying out a street of some kind."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import merge
from data.simulator.street import lookalikes, people, surroundings, traffic
from data.simulator.street.plot import Plot
from data.simulator.street.scene import Pose, Street


def lay_out(rng: np.random.Generator, duration: float) -> Street:
    """A new street, long enough for the ego car to drive for `duration` seconds."""
    plot = Plot(rng, duration)
    traffic.park_cars(plot)
    traffic.fill_lot(plot)
    people.seat_people(plot)
    people.walk_people(plot)
    people.ride_bicycles(plot)
    people.push_bicycles(plot)
    people.hide_people(plot)
    people.roll_people(plot)
    traffic.drive_cars(plot)
    surroundings.build_houses(plot)
    surroundings.close_view(plot)
    surroundings.end_at_wall(plot)
    surroundings.draw_borders(plot)
    people.park_bicycles(plot)
    lookalikes.place_lookalikes(plot)
    lookalikes.place_uprights(plot)
    lookalikes.place_obstacles(plot)
    surroundings.clutter(plot)
    surroundings.plant(plot)
    for index, actor in enumerate(plot.parked):
        plot.parts.append(actor.mesh(0.0, plot.ground))
        plot.owners.append(index)
    parts = [plot.ground.mesh(plot.start - 10, plot.stop + 10), *plot.parts]
    owner = np.repeat(np.array([-1, *plot.owners], np.int32), [len(part.triangles) for part in parts])
    start = Pose(0.0, plot.ego_y, 0.0, plot.ego_yaw)
    sway = np.stack([np.abs(rng.normal(0, np.radians([0.5, 0.4]))), rng.uniform(0, 2 * np.pi, 2)], axis=1)
    return Street(
        plot.ground,
        merge(parts),
        owner,
        tuple(plot.parked),
        tuple(plot.moving),
        start,
        plot.speed,
        plot.kind.name,
        sway,
    )
