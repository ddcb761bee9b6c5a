"""Pools of props: built once, then placed many times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.simulator.mesh import Mesh
from data.simulator.props import furniture, lookalikes, plants
from data.simulator.props.barriers import fence, patch, rail, wall
from data.simulator.props.houses import house
from data.simulator.props.uprights import UPRIGHTS


def _clipped_hedge(rng: np.random.Generator) -> Mesh:
    """A hedge of a car's size."""
    return plants.hedge(rng, rng.uniform(2.4, 5.0), rng.uniform(0.9, 1.9), rng.uniform(0.8, 1.8))


SMALL: dict[str, tuple[int, Callable[[np.random.Generator], Mesh]]] = {
    "tree": (40, plants.tree), "conifer": (10, plants.conifer), "bush": (24, plants.bush), "trunk": (30, plants.trunk),
    "shrub": (40, plants.shrub), "thicket": (12, plants.thicket), "pole": (24, furniture.pole),
    "sign": (24, furniture.sign), "bollard": (20, furniture.bollard), "bin": (12, furniture.bin_),
    "cabinet": (24, furniture.cabinet), "bench": (8, furniture.bench), "shelter": (8, furniture.shelter),
    "table": (6, furniture.table), "chair": (6, furniture.chair),
    "rubble": (8, lookalikes.rubble), "laden": (40, lookalikes.laden_pole), "turned": (60, lookalikes.turned),
    "post": (40, lookalikes.post), "boxes": (40, lookalikes.boxes), "board": (30, lookalikes.board),
    "skip": (8, lookalikes.skip), "container": (24, lookalikes.container), "heap": (10, lookalikes.heap),
    "patch": (24, patch), "clipped hedge": (10, _clipped_hedge),
    **{name: (count, build) for name, (count, _, build) in UPRIGHTS.items()},
}  # fmt: skip
"""Props by name: their number, and the function that builds one."""


@lru_cache(maxsize=1)
def stock() -> dict[str, tuple[Mesh, ...]]:
    """Single props, always the same, built at first use (about a second)."""
    rng = np.random.default_rng(65)
    return {name: tuple(build(rng) for _ in range(count)) for name, (count, build) in SMALL.items()}


@lru_cache(maxsize=1)
def barriers() -> dict[str, tuple[Mesh, ...]]:
    """Barriers along a street in lengths of four metres, always the same."""
    rng = np.random.default_rng(66)
    return {
        "hedge": tuple(plants.hedge(rng, 4.0, rng.uniform(0.7, 2.4), rng.uniform(0.5, 1.2)) for _ in range(16)),
        "fence": tuple(fence(rng, 4.0) for _ in range(14)),
        "wall": tuple(wall(rng, 4.0) for _ in range(10)),
        "rail": tuple(rail(rng, 4.0) for _ in range(10)),
    }


@dataclass(frozen=True, eq=False)
class House:
    """A building with the length of its front and its height to the eaves, metres."""

    mesh: Mesh
    length: float
    height: float


@lru_cache(maxsize=1)
def houses() -> tuple[House, ...]:
    """Buildings from sheds of 2.2 m to blocks of 18 m, always the same, ordered by height."""
    rng = np.random.default_rng(67)
    sizes = [(rng.uniform(3, 7), rng.uniform(3, 6), rng.uniform(2.2, 3.5)) for _ in range(16)]
    sizes += [(rng.uniform(7, 22), rng.uniform(7, 13), height) for height in np.linspace(4, 18, 100)]
    built = [House(house(rng, *size), size[0], size[2]) for size in sizes]
    return tuple(sorted(built, key=lambda one: one.height))


@lru_cache(maxsize=64)
def houses_between(low: float, high: float) -> tuple[House, ...]:
    """The houses of a height from `low` to `high` metres."""
    return tuple(one for one in houses() if low <= one.height <= high)
