"""The cast: road users that are built once and then placed many times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.simulator import people, vehicles
from data.simulator.mesh import Mesh

MIRRORS = 0.12
"""How far a car's mirrors reach beyond its box on either side, metres."""


@dataclass(frozen=True, eq=False)
class Template:
    """A road user that can be placed: KITTI's object type, its mesh, and its box's length, width and height."""

    kind: str
    mesh: Mesh
    size: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Cast:
    """All templates, by what a street asks for."""

    cars: tuple[Template, ...]
    vans: tuple[Template, ...]
    trucks: tuple[Template, ...]
    pedestrians: tuple[Template, ...]
    cyclists: tuple[Template, ...]
    bicycles: tuple[Mesh, ...]

    def vehicle(self, rng: np.random.Generator, vans: float = 0.12, trucks: float = 0.03) -> Template:
        """A car, or with these chances a van or a truck."""
        share = rng.uniform()
        pool = self.trucks if share < trucks else self.vans if share < trucks + vans else self.cars
        return pool[rng.integers(len(pool))]


def _template(kind: str, mesh: Mesh, mirrors: float = 0.0) -> Template:
    low, high = mesh.bounds
    middle, size = (low + high) / 2, high - low
    return Template(
        kind, mesh.placed(-middle[0], -middle[1]), (float(size[0]), float(size[1]) - 2 * mirrors, float(high[2]))
    )


@lru_cache(maxsize=1)
def cast() -> Cast:
    """The cast, always the same, built at first use (about a second)."""
    rng = np.random.default_rng(64)
    names = rng.choice(vehicles.CAR_STYLES, 60, p=vehicles.CAR_SHARES)
    return Cast(
        cars=tuple(_template("Car", vehicles.car(rng, str(name)), MIRRORS) for name in names),
        vans=tuple(_template("Van", vehicles.car(rng, name), MIRRORS) for name in ("van", "van", "caddy") * 6),
        trucks=tuple(_template("Truck", vehicles.truck(rng)) for _ in range(12)),
        pedestrians=tuple(_template("Pedestrian", people.pedestrian(rng)) for _ in range(80)),
        cyclists=tuple(_template("Cyclist", people.cyclist(rng)) for _ in range(60)),
        bicycles=tuple(people.bicycle(rng) for _ in range(10)),
    )
