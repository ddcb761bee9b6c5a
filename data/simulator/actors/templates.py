"""Templates: road users that are built once and then placed many times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np

from data.simulator.actors import pedestrians, riders, small_wheels, trucks, vehicles
from data.simulator.mesh import Mesh

Item = TypeVar("Item")

MIRRORS = 0.14
"""Metres that a car's mirrors reach beyond its box on either side."""


@dataclass(frozen=True, eq=False)
class Template:
    """A road user that can be placed: KITTI's object type, its mesh, and its box's length, width and height."""

    kind: str
    mesh: Mesh
    size: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Templates:
    """All templates, by kind of road user.

    cyclists: of every kind, one in eight on a motorbike or moped, one in ten standing over a bicycle. sitters: without
    what they sit on. wheelchairs: with those who sit in them, whose kind is that of other sitters. scooters: kick
    scooters with their riders, whose kind is 'Misc', which counts as nothing: KITTI has none, and other annotators
    call them pedestrians or riders. two_wheelers: bicycles, motorbikes and kick scooters without riders. trailers:
    caravans among them, without a car in front.
    """

    cars: tuple[Template, ...]
    vans: tuple[Template, ...]
    trucks: tuple[Template, ...]
    trailers: tuple[Template, ...]
    pedestrians: tuple[Template, ...]
    sitters: tuple[Template, ...]
    wheelchairs: tuple[Template, ...]
    cyclists: tuple[Template, ...]
    scooters: tuple[Template, ...]
    two_wheelers: tuple[Mesh, ...]

    def vehicle(self, rng: np.random.Generator, vans: float = 0.16, trucks: float = 0.04) -> Template:
        """A car, or with these chances a van or a truck."""
        share = rng.uniform()
        pool = self.trucks if share < trucks else self.vans if share < trucks + vans else self.cars
        return any_of(rng, pool)


def any_of(rng: np.random.Generator, pool: tuple[Item, ...]) -> Item:
    """One of a pool."""
    return pool[rng.integers(len(pool))]


def _template(kind: str, mesh: Mesh, mirrors: float = 0.0) -> Template:
    low, high = mesh.bounds
    middle, size = (low + high) / 2, high - low
    return Template(
        kind, mesh.placed(-middle[0], -middle[1]), (float(size[0]), float(size[1]) - 2 * mirrors, float(high[2]))
    )


@lru_cache(maxsize=1)
def templates() -> Templates:
    """All templates, always the same, built at first use (a few seconds)."""
    rng = np.random.default_rng(64)
    names = rng.choice(vehicles.CAR_STYLES, 70, p=vehicles.CAR_SHARES)

    def cyclist(number: int) -> Mesh:
        if number % 10 == 9:
            return riders.astride(rng)
        return riders.motorcyclist(rng) if number % 8 == 7 else riders.cyclist(rng)

    return Templates(
        cars=tuple(_template("Car", vehicles.car(rng, str(name)), MIRRORS) for name in names),
        vans=tuple(
            _template("Van", vehicles.car(rng, name), MIRRORS) for name in ("van", "van", "minibus", "caddy") * 7
        ),
        trucks=tuple(_template("Truck", trucks.truck(rng)) for _ in range(18)),
        trailers=(
            *(_template("Misc", trucks.trailer(rng)) for _ in range(8)),
            *(_template("Van", trucks.caravan(rng)) for _ in range(4)),
        ),
        pedestrians=tuple(_template("Pedestrian", pedestrians.pedestrian(rng)) for _ in range(140)),
        sitters=tuple(_template("Person (sitting)", pedestrians.sitter(rng)) for _ in range(30)),
        cyclists=tuple(_template("Cyclist", cyclist(number)) for number in range(140)),
        two_wheelers=(
            *(riders.motorbike(rng) if number % 6 == 5 else riders.bicycle(rng) for number in range(36)),
            *(small_wheels.scooter(rng) for _ in range(4)),
        ),
        wheelchairs=tuple(_template("Person (sitting)", small_wheels.wheelchair(rng)) for _ in range(12)),
        scooters=tuple(_template("Misc", small_wheels.scooter_rider(rng)) for _ in range(12)),
    )
