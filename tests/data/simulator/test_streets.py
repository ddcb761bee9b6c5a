"""Streets: who and what stands where, and that nobody stands in anybody else."""

from __future__ import annotations

import numpy as np
import pytest

from data.simulator.actors import pedestrians, riders, trucks
from data.simulator.actors.templates import templates
from data.simulator.props import barriers, houses, stock
from data.simulator.street.kinds import KINDS
from data.simulator.street.layout import lay_out
from data.simulator.street.plot import Plot
from data.simulator.street.scene import Street


@pytest.fixture(scope="module")
def streets() -> list[Street]:
    """A dozen streets."""
    return [lay_out(np.random.default_rng((9, seed)), 1.0) for seed in range(12)]


def test_the_same_seed_gives_the_same_street() -> None:
    first, second = (lay_out(np.random.default_rng(4), 1.0) for _ in range(2))
    assert np.array_equal(first.fixed.vertices, second.fixed.vertices)
    assert np.array_equal(first.owner, second.owner)
    assert [actor.x for actor in first.actors] == [actor.x for actor in second.actors]


def test_shares_of_the_kinds_are_of_one() -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1.0)


def test_height_of_a_point_is_that_of_the_terrain(streets: list[Street]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-80, 90, 200), rng.uniform(-60, 60, 200)
    for street in streets:
        single = [street.ground.height(*point) for point in zip(x, y, strict=True)]
        assert np.allclose(street.ground.heights(x, y), single, atol=1e-9)


def test_every_triangle_has_an_owner_among_the_parked_or_none(streets: list[Street]) -> None:
    for street in streets:
        assert len(street.owner) == len(street.fixed.triangles)
        assert street.owner.min() >= -1
        assert street.owner.max() < max(1, len(street.parked))


def test_every_kind_of_road_user_comes_up(streets: list[Street]) -> None:
    kinds = {actor.template.kind for street in streets for actor in street.actors}
    assert kinds >= {"Car", "Van", "Pedestrian", "Person (sitting)", "Cyclist"}


def test_people_stand_far_away_and_behind_cars_too(streets: list[Street]) -> None:
    people = [one for street in streets for one in street.moving if one.template.kind in ("Pedestrian", "Cyclist")]
    ahead = [actor.x for actor in people]
    assert 0.15 < np.mean([x > 30 or x < -25 for x in ahead]) < 0.6
    hidden = 0
    for street in streets:
        for car in street.parked:
            side = 1 if car.y > street.start.y else -1
            reach = 3.6 if abs(np.sin(car.yaw)) > 0.5 else 2.0
            hidden += any(abs(p.x - car.x) < 2.2 and 0 < side * (p.y - car.y) < reach for p in street.moving)
    assert hidden > 5


def test_riders_are_seen_from_every_side(streets: list[Street]) -> None:
    riders_ = [actor for street in streets for actor in street.moving if actor.template.kind == "Cyclist"]
    turned = np.abs(np.cos([np.arctan2(one.y - 0.0, one.x) - one.yaw for one in riders_]))
    assert (turned > 0.9).mean() > 0.2  # from ahead or behind
    assert (turned < 0.5).mean() > 0.1  # from the side


def test_pedestrians_outnumber_cyclists(streets: list[Street]) -> None:
    kinds = [actor.template.kind for street in streets for actor in street.moving]
    ratio = kinds.count("Pedestrian") / kinds.count("Cyclist")
    assert 2 < ratio < 10


def test_some_streets_are_all_but_empty() -> None:
    crowds = {Plot(np.random.default_rng(seed), 1.0).crowd for seed in range(30)}
    assert min(crowds) < 0.2
    assert max(crowds) > 1.5


def test_what_is_taken_is_not_free() -> None:
    plot = Plot(np.random.default_rng(0), 1.0)
    for number in range(600):  # more than there is room for at first
        plot.take(60.0 + number, 30.0, 0.4)
    assert not plot.free(60.0, 30.5, 0.3)
    assert not plot.free(659.0, 30.5, 0.3)
    assert plot.free(60.0, 32.0, 0.3)


def test_the_ego_cars_way_is_never_free() -> None:
    plot = Plot(np.random.default_rng(1), 1.0)
    assert not plot.free(0.0, plot.ego_y, 0.1)


@pytest.mark.parametrize("place", ["people", "riders"])
def test_people_do_not_stand_in_cars(streets: list[Street], place: str) -> None:
    kinds = {"people": ("Pedestrian", "Person (sitting)"), "riders": ("Cyclist",)}[place]
    for street in streets:
        for car in street.parked:
            for person in street.moving:
                if person.template.kind not in kinds:
                    continue
                east, north = person.x - car.x, person.y - car.y
                ahead = abs(east * np.cos(car.yaw) + north * np.sin(car.yaw))
                aside = abs(north * np.cos(car.yaw) - east * np.sin(car.yaw))
                assert ahead > car.template.size[0] / 2 - 0.2 or aside > car.template.size[1] / 2 - 0.1


def test_who_stands_over_a_bicycle_has_both_feet_on_the_ground() -> None:
    for seed in range(5):
        mesh = riders.astride(np.random.default_rng(seed))
        shoes = mesh.vertices[(mesh.vertices[:, 2] < 0.12) & (np.abs(mesh.vertices[:, 1]) > 0.12)]
        assert (shoes[:, 1] > 0).any()
        assert (shoes[:, 1] < 0).any()
        assert 1.5 < mesh.bounds[1][2] < 2.1


@pytest.mark.parametrize("name", sorted(riders.BUILDS))
def test_a_bicycle_has_a_bicycles_size(name: str) -> None:
    low, high = riders.bicycle(np.random.default_rng(2), riders.BUILDS[name]).bounds
    assert np.all(high - low > (1.6, 0.35, 0.9))
    assert np.all(high - low < (2.0, 0.8, 1.4))
    assert abs(low[2]) < 0.05


def test_riders_on_racing_bicycles_bend_lower() -> None:
    assert riders.BUILDS["racing"].lean[0] > riders.BUILDS["city"].lean[1]


def test_mean_sizes_are_those_of_kittis_boxes() -> None:
    wanted = {"cars": (3.9, 1.63, 1.53), "vans": (5.1, 1.9, 2.2), "pedestrians": (0.84, 0.66, 1.76)}
    wanted["cyclists"] = (1.76, 0.6, 1.74)
    for pool, size in wanted.items():
        mean = np.mean([template.size for template in getattr(templates(), pool)], axis=0)
        assert np.all(np.abs(mean - size) < (0.35, 0.15, 0.15)), (pool, mean)


def test_sitting_people_are_lower_than_standing_ones() -> None:
    rng = np.random.default_rng(3)
    sitting = np.mean([pedestrians.sitter(rng).bounds[1][2] for _ in range(20)])
    standing = np.mean([pedestrians.pedestrian(rng).bounds[1][2] for _ in range(20)])
    assert sitting < standing - 0.25


def test_trailers_stand_on_their_wheels_with_a_bar_in_front() -> None:
    rng = np.random.default_rng(4)
    for build in (trucks.trailer, trucks.caravan):
        low, high = build(rng).bounds
        assert -0.05 < low[2] < 0.1
        assert high[0] > -low[0] + 0.5


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("turned", 0.8, 2.9), ("post", 0.6, 2.3), ("shrub", 0.8, 3.0), ("board", 0.4, 2.5),
        ("skip", 0.9, 2.4), ("container", 1.0, 3.0), ("heap", 0.6, 1.7),
    ],
)  # fmt: skip
def test_lookalikes_have_the_size_of_what_they_look_like(name: str, low: float, high: float) -> None:
    for mesh in stock()[name]:
        assert low < mesh.bounds[1][2] < high


def test_barriers_are_four_metres_long() -> None:
    for name, pool in barriers().items():
        for mesh in pool:
            assert 3.2 < mesh.bounds[1][0] - mesh.bounds[0][0] < 5.0, name


def test_every_kind_of_street_finds_houses_of_its_height() -> None:
    heights = np.array([house.height for house in houses()])
    for kind in KINDS:
        assert ((heights >= kind.houses[1]) & (heights <= kind.houses[2])).sum() > 10
