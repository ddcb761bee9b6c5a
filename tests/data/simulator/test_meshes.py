"""The things a street is made of: their sizes, and rays that meet them."""

from __future__ import annotations

import numpy as np
import pytest

from data.simulator.actors.templates import templates
from data.simulator.mesh import MATT, PAINT, Mesh, ball, box, merge, stack, tube
from data.simulator.props import barriers, stock
from data.simulator.sensor.caster import Caster
from data.simulator.street.layout import lay_out


@pytest.mark.parametrize(
    ("mesh", "low", "high"),
    [
        (box((2, 4, 6), (1, 0, 3), 0.5), (0, -2, 0), (2, 2, 6)),
        (tube((0, 0, 0), (0, 0, 3), 0.5, 0.2, sides=32), (-0.5, -0.5, 0), (0.5, 0.5, 3)),
        (stack([(0, 1, 2), (1, 1, 2)], 0.5, 32), (-1, -2, 0), (1, 2, 1)),
        (ball((1, 2, 3), (1, 1, 1), 0.5, sides=32), (0, 1, 2), (2, 3, 4)),
    ],
)
def test_solids_have_their_size(mesh: Mesh, low: tuple[float, ...], high: tuple[float, ...]) -> None:
    assert np.allclose(mesh.bounds[0], low, atol=0.05)
    assert np.allclose(mesh.bounds[1], high, atol=0.05)


def test_placing_scales_then_turns_then_moves() -> None:
    mesh = box((2, 1, 1), (0, 0, 0.5), 0.5).placed(10, 20, 1, np.pi / 2, (2, 1, 1))
    assert np.allclose(mesh.bounds[0], (9.5, 18, 1), atol=1e-4)
    assert np.allclose(mesh.bounds[1], (10.5, 22, 2), atol=1e-4)


def test_paint_colours_painted_faces_only() -> None:
    mesh = merge([box((1, 1, 1), (0, 0, 0), 0.3, MATT), box((1, 1, 1), (0, 0, 0), 0.3, PAINT)]).placed(0, 0, paint=0.9)
    assert np.allclose(mesh.albedo[mesh.surface == MATT], 0.3)
    assert np.allclose(mesh.albedo[mesh.surface == PAINT], 0.9)


@pytest.mark.parametrize(
    ("pool", "kind", "low", "high"),
    [
        ("cars", "Car", (2.5, 1.4, 1.2), (5.1, 2.1, 1.9)),
        ("vans", "Van", (4.0, 1.6, 1.7), (5.9, 2.2, 2.65)),
        ("trucks", "Truck", (5.5, 2.0, 2.2), (11, 2.6, 3.8)),
        ("pedestrians", "Pedestrian", (0.25, 0.35, 1.0), (2.2, 1.3, 2.25)),
        ("cyclists", "Cyclist", (1.2, 0.4, 1.2), (2.2, 0.9, 2.2)),
        ("sitters", "Person (sitting)", (0.4, 0.3, 1.0), (1.2, 0.9, 1.7)),
        ("wheelchairs", "Person (sitting)", (0.95, 0.5, 1.0), (1.4, 0.95, 1.75)),
        ("scooters", "Misc", (0.9, 0.4, 1.1), (1.5, 1.2, 2.4)),
    ],
)
def test_road_users_have_real_sizes(pool: str, kind: str, low: tuple[float, ...], high: tuple[float, ...]) -> None:
    for template in getattr(templates(), pool):
        assert template.kind == kind
        assert np.all(np.asarray(template.size) >= low), template.size
        assert np.all(np.asarray(template.size) <= high), template.size
        assert template.mesh.bounds[0][2] > -0.1
        assert template.mesh.triangles.max() < len(template.mesh.vertices)


def test_props_are_sound() -> None:
    for name, pool in {**stock(), **barriers()}.items():
        for mesh in pool:
            assert np.isfinite(mesh.vertices).all(), name
            assert mesh.triangles.max() < len(mesh.vertices), name
            assert len(mesh.triangles) == len(mesh.albedo) == len(mesh.surface), name
            assert 0 <= mesh.albedo.min() <= mesh.albedo.max() <= 1, name


def test_parked_cars_do_not_overlap() -> None:
    street = lay_out(np.random.default_rng(3), 1.0)
    middles = np.array([(actor.x, actor.y) for actor in street.parked])
    distance = np.linalg.norm(middles[:, None] - middles[None], axis=-1) + 99 * np.eye(len(middles))
    assert distance.min() > 1.5


def test_rays_meet_the_ground_and_know_whose_they_hit() -> None:
    street = lay_out(np.random.default_rng(0), 1.0)
    caster = Caster(street, threads=1)
    actor = street.actors[0]
    x, y, _ = actor.at(0.0, street.ground)
    down = np.array([[x, y, 50, 0, 0, -1], [0, street.start.y, 50, 0, 0, -1]], np.float32)
    hits = caster.cast(down)
    assert hits.owner[0] == 0
    assert 40 < hits.distance[1] < 55
