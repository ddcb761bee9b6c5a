"""One of each kind around the sensor: its points are there, in its box, with its label."""

from __future__ import annotations

import numpy as np
import pytest

from data.boxes import label_points
from data.labels import BACKGROUND, IGNORE, class_map
from data.simulator.actors.templates import Template, any_of, templates
from data.simulator.mesh import merge
from data.simulator.props import stock
from data.simulator.props.uprights import UPRIGHTS
from data.simulator.sensor.caster import Caster
from data.simulator.sensor.lidar import Lidar, Reception
from data.simulator.sensor.mount import HEIGHT
from data.simulator.street.scene import Actor, Ground, Pose, Street

PEDESTRIAN, CYCLIST = (class_map("default").class_of(kind) for kind in ("Pedestrian", "Cyclist"))
ACTORS = {
    "pedestrians": PEDESTRIAN,
    "sitters": PEDESTRIAN,
    "wheelchairs": PEDESTRIAN,
    "cyclists": CYCLIST,
    "scooters": IGNORE,
}
"""Pools of templates, and the class id that the default map gives to the points of each."""

THINGS = (*UPRIGHTS, "patch", "clipped hedge")
"""Props that nobody may take for somebody, or for a car."""


def ring(count, radius):
    """Places (x, y) evenly around the sensor."""
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


@pytest.fixture(scope="module")
def seen():
    """Three of each kind of actor 13 m away, three of each thing 22 m away in the gaps, as one turn sees them.

    Gives: points, labels, owners, boxes by owner, the pool of each owner, the places of the things by name.
    """
    rng = np.random.default_rng(11)
    ground = Ground(200.0, 0.0, 1.0, (0.0, 0.0), None, np.zeros((4, 1)), (-200.0, 200.0, 0.0, 0.0))
    pools = [pool for pool in ACTORS for _ in range(3)]
    chosen: list[Template] = [any_of(rng, getattr(templates(), pool)) for pool in pools]
    actors = tuple(
        Actor(
            one, float(x), float(y), float(rng.uniform(0, 6.3)), 0.0, 0.3, 1.0, (1.0, 1.0, 1.0), (0.1, 0.1, 0.05, 0.0)
        )
        for one, (x, y) in zip(chosen, ring(len(chosen), 13.0), strict=True)
    )
    names = [name for name in THINGS for _ in range(3)]
    places = ring(len(names), 22.0)
    props = [any_of(rng, stock()[name]).placed(*place) for name, place in zip(names, places, strict=True)]
    fixed = merge([ground.mesh(-60.0, 60.0), *props])
    none = np.full(len(fixed.triangles), -1, np.int32)
    street = Street(ground, fixed, none, (), actors, Pose(0, 0, 0, 0), 0.0, "flat", np.zeros((2, 2)))
    caster = Caster(street, threads=1)
    sensor = Lidar(np.random.default_rng(0), Reception(weak=0.0))
    points, owner = sensor.scan(caster, Pose(0, 0, 0, 0), np.random.default_rng(1))
    boxes = [actor.box(0.0, ground, Pose(0, 0, 0, 0), HEIGHT, i) for i, actor in enumerate(actors)]
    labels = label_points(points, boxes, class_map("default"))
    where = {name: [tuple(p) for n, p in zip(names, places, strict=True) if n == name] for name in THINGS}
    return points, labels, owner, boxes, pools, where


@pytest.mark.parametrize("pool", ACTORS)
def test_people_have_points_in_their_box_with_their_label(seen, pool):
    points, labels, owner, boxes, pools, _ = seen
    for index in (i for i, name in enumerate(pools) if name == pool):
        own = (owner == index) & (points[:, 2] > -HEIGHT + 0.1)
        assert own.sum() > 40
        assert boxes[index].contains(points[own]).mean() > 0.95
        assert (labels[own] == ACTORS[pool]).mean() > 0.95


@pytest.mark.parametrize("name", THINGS)
def test_things_have_points_that_are_nobodys(seen, name):
    points, labels, owner, _, _, where = seen
    counts = []
    for x, y in where[name]:
        near = (np.hypot(points[:, 0] - x, points[:, 1] - y) < 1.5) & (points[:, 2] > -HEIGHT + 0.2)
        near &= owner < 0
        counts.append(near.sum())
        assert (labels[near] == BACKGROUND).all()
    assert np.median(counts) > 8  # some stand behind somebody


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("column", (0.15, 0.1, 1.2), (0.8, 0.95, 4.6)), ("hydrant", (0.2, 0.25, 0.7), (0.5, 0.7, 1.2)),
        ("meter", (0.1, 0.15, 1.2), (0.55, 0.6, 1.95)), ("beacon", (0.1, 0.1, 0.99), (0.85, 0.45, 1.4)),
        ("litter bin", (0.3, 0.3, 0.9), (0.65, 0.6, 2.8)), ("cable cabinet", (0.3, 0.45, 0.9), (0.4, 0.85, 1.3)),
        ("young tree", (0.04, 0.04, 3.0), (3.5, 3.5, 6.5)), ("clipped plant", (0.5, 0.5, 0.8), (1.7, 1.7, 2.2)),
        ("signed post", (0.2, 0.25, 1.4), (0.4, 0.8, 3.2)), ("patch", (1.9, 0.1, 0.7), (6.2, 2.6, 3.0)),
        ("clipped hedge", (2.2, 0.7, 0.8), (5.6, 2.6, 2.4)),
    ],
)  # fmt: skip
def test_things_have_their_size(name, low, high):
    for mesh in stock()[name]:
        size = mesh.bounds[1] - np.minimum(mesh.bounds[0], (np.inf, np.inf, 0))
        assert np.all(size > low), size
        assert np.all(size < high), size


def test_a_street_has_every_upright_in_stock():
    assert set(UPRIGHTS) <= set(stock())
    assert sum(share for _, share, _ in UPRIGHTS.values()) == pytest.approx(1.0)
