"""What lines a street: trees, poles, signs, fences, walls, hedges, houses. Each stands on z = 0 around the origin."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from data.simulator.mesh import GLASS, MATT, RETRO, Mesh, ball, box, leaves, merge, stack, tube


def crown(rng: np.random.Generator, radius: float, height: float, count: int) -> Mesh:
    """Foliage of one tree or bush: clumps of leaves in an ellipsoid standing on z = 0."""
    clumps = rng.normal(0, 0.5, (max(4, count // 60), 3))
    clumps /= np.maximum(1.0, np.linalg.norm(clumps, axis=1, keepdims=True) / 0.85)
    centres = clumps[rng.integers(len(clumps), size=count)] + rng.normal(0, 0.2, (count, 3))
    centres = centres * (radius, radius, height / 2) + (0, 0, height / 2)
    centres[:, 2] = np.abs(centres[:, 2])
    return leaves(rng, centres, 0.10 + 0.05 * radius, rng.uniform(0.3, 0.65))


def tree(rng: np.random.Generator) -> Mesh:
    """A trunk, a few branches and a crown; some are bare."""
    radius, height = rng.uniform(0.06, 0.35), rng.uniform(4, 13)
    clear = rng.uniform(2.1, 3.4)
    bark = rng.uniform(0.15, 0.45)
    lean = rng.normal(0, 0.15, 2)
    parts = [tube((0, 0, -0.3), (*lean, clear + 1), radius, bark, radius * 0.75)]
    for _ in range(rng.integers(3, 7)):
        start = np.array([*lean * rng.uniform(0.5, 1), clear + rng.uniform(-0.3, 0.9)])
        end = start + np.array([*rng.normal(0, 1.3, 2), rng.uniform(1, 0.6 * height)])
        parts.append(tube(start, end, radius * 0.45, bark, radius * 0.15, sides=5))
    if rng.uniform() < 0.85:
        spread = rng.uniform(1.2, 3.5)
        foliage = crown(rng, spread, height - clear, int(250 + 160 * spread))
        parts.append(foliage.placed(float(lean[0]), float(lean[1]), clear))
    return merge(parts)


def conifer(rng: np.random.Generator) -> Mesh:
    """A fir or cypress: leaves down to the ground."""
    height, radius = rng.uniform(2.5, 10), rng.uniform(0.5, 1.8)
    level = rng.uniform(0.03, 1, 600) ** 1.3
    angle = rng.uniform(0, 2 * np.pi, 600)
    reach = radius * (1 - level) * np.sqrt(rng.uniform(0.3, 1, 600))
    centres = np.stack([reach * np.cos(angle), reach * np.sin(angle), level * height], -1)
    return merge([leaves(rng, centres, 0.2, 0.35), tube((0, 0, -0.2), (0, 0, height * 0.8), 0.1, 0.2, 0.03)])


def bush(rng: np.random.Generator) -> Mesh:
    """A bush, knee-high to taller than a person."""
    return crown(rng, rng.uniform(0.35, 1.3), rng.uniform(0.5, 2.3), int(rng.uniform(120, 380)))


def hedge(rng: np.random.Generator, length: float, height: float, depth: float) -> Mesh:
    """A clipped hedge along x: leaves around a core that stops the light."""
    count = int(40 * length * (height + depth))
    side = rng.integers(0, 4, count)
    x = rng.uniform(-length / 2, length / 2, count)
    y = np.where(side == 3, rng.uniform(-depth / 2, depth / 2, count), np.where(side % 2, -depth / 2, depth / 2))
    z = np.where(side == 3, height, rng.uniform(0.0, height, count))
    shell = leaves(rng, np.stack([x, y + rng.normal(0, 0.06, count), z + rng.normal(0, 0.05, count)], -1), 0.12, 0.4)
    return merge([shell, box((length, depth * 0.6, height * 0.88), (0, 0, height * 0.42), 0.3)])


def pole(rng: np.random.Generator) -> Mesh:
    """A lamp, traffic light or telegraph pole."""
    radius, height = rng.uniform(0.04, 0.16), rng.uniform(3.0, 9.0)
    parts = [tube((0, 0, -0.2), (0, 0, height), radius, rng.uniform(0.1, 0.6), radius * 0.7)]
    kind = rng.uniform()
    if kind < 0.4:
        reach = rng.uniform(0.5, 2.2)
        parts += [
            tube((0, 0, height), (0, reach, height + 0.2), 0.04, 0.3),
            box((0.25, 0.7, 0.12), (0, reach, height + 0.2), 0.4),
        ]
    elif kind < 0.65:
        parts.append(box((0.3, 0.3, 0.9), (0.0, 0.2, rng.uniform(2.4, 3.2)), 0.1))
    if rng.uniform() < 0.3:
        parts.append(box((0.3, 0.25, rng.uniform(0.6, 1.2)), (0, 0, 0.5), 0.3))
    return merge(parts)


def sign(rng: np.random.Generator) -> Mesh:
    """A traffic sign: a thin post with a plate that throws light straight back."""
    height = rng.uniform(1.2, 2.9)
    parts = [tube((0, 0, -0.1), (0, 0, height), 0.035, 0.4, sides=6)]
    size = rng.uniform(0.3, 0.8)
    if rng.uniform() < 0.5:
        parts.append(tube((-0.02, 0, height - 0.2), (0.02, 0, height - 0.2), size / 2, 0.8, sides=12, surface=RETRO))
    else:
        parts.append(box((0.03, size, size * rng.uniform(0.4, 1.5)), (0, 0, height - 0.2), 0.8, RETRO))
    return merge(parts)


def bollard(rng: np.random.Generator) -> Mesh:
    """A bollard, hydrant or stump."""
    height, radius = rng.uniform(0.5, 1.25), rng.uniform(0.04, 0.16)
    parts = [tube((0, 0, -0.1), (0, 0, height), radius, rng.uniform(0.1, 0.7), radius * rng.uniform(0.8, 1.0), sides=8)]
    if rng.uniform() < 0.3:
        parts.append(tube((0, -radius - 0.08, height * 0.65), (0, radius + 0.08, height * 0.65), 0.06, 0.4))
    if rng.uniform() < 0.3:
        parts.append(tube((0, 0, height - 0.2), (0, 0, height - 0.1), radius * 1.05, 0.9, surface=RETRO))
    return merge(parts)


def bin_(rng: np.random.Generator) -> Mesh:
    """A wheeled bin, one to three side by side, or a big one."""
    if rng.uniform() < 0.2:
        return box((1.2, 1.3, 1.3), (0, 0, 0.7), rng.uniform(0.1, 0.5))
    body = [(0.05, 0.22, 0.22), (0.9, 0.29, 0.29), (1.0, 0.31, 0.31), (1.08, 0.26, 0.28)]
    colour = rng.uniform(0.05, 0.5)
    return merge([stack(body, colour, 8, shift=(0, 0.65 * i, 0)) for i in range(rng.integers(1, 4))])


def cabinet(rng: np.random.Generator) -> Mesh:
    """A box of a person's size: telephone cabinet, parking meter, letter box, advertising column."""
    height = rng.uniform(0.9, 2.0)
    kind = rng.uniform()
    if kind < 0.5:
        return box((rng.uniform(0.25, 0.5), rng.uniform(0.35, 1.1), height), (0, 0, height / 2), rng.uniform(0.2, 0.7))
    if kind < 0.75:
        post = tube((0, 0, 0), (0, 0, height * 0.7), 0.05, 0.3)
        return merge([post, box((0.3, 0.35, height * 0.4), (0, 0, height * 0.75), rng.uniform(0.2, 0.8))])
    return tube((0, 0, 0), (0, 0, height + 0.6), rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.7), sides=12)


def bench(rng: np.random.Generator) -> Mesh:
    """A bench or a low wall to sit on."""
    length = rng.uniform(1.2, 2.2)
    wood = rng.uniform(0.15, 0.5)
    seat = box((0.45, length, 0.06), (0, 0, 0.45), wood)
    legs = [box((0.4, 0.06, 0.45), (0, side * length * 0.4, 0.22), 0.2) for side in (1, -1)]
    return merge([seat, *legs, box((0.05, length, 0.35), (-0.2, 0, 0.7), wood)])


def shelter(rng: np.random.Generator) -> Mesh:
    """A bus stop: glass walls, roof and a poster."""
    length = rng.uniform(3, 5)
    posts = [tube((x, y, 0), (x, y, 2.4), 0.05, 0.3) for x in (-length / 2, length / 2) for y in (-0.6, 0.6)]
    panes = box((length, 0.02, 1.9), (0, 0.6, 1.25), 0.05, GLASS)
    return merge(
        [
            *posts,
            panes,
            box((length + 0.4, 1.6, 0.12), (0, 0, 2.45), 0.3),
            box((0.1, 1.2, 1.9), (length / 2, 0, 1.2), 0.4),
        ]
    )


def fence(rng: np.random.Generator, length: float) -> Mesh:
    """A fence along x: pickets, rails, wire or boards."""
    height, colour = rng.uniform(0.8, 1.8), rng.uniform(0.1, 0.6)
    posts = [box((0.08, 0.08, height), (x, 0, height / 2), colour) for x in np.arange(-length / 2, length / 2, 2.2)]
    kind = rng.uniform()
    if kind < 0.4:
        pitch = rng.uniform(0.12, 0.2)
        bars = [
            box((pitch * 0.5, 0.03, height * 0.9), (x, 0.04, height * 0.5), colour)
            for x in np.arange(-length / 2, length / 2, pitch)
        ]
    elif kind < 0.75:
        bars = [
            box((length, 0.04, 0.1), (0, 0.04, z), colour) for z in np.linspace(0.3, height - 0.05, rng.integers(2, 5))
        ]
    else:
        bars = [box((length, 0.04, height * 0.95), (0, 0.04, height * 0.52), colour)]
    return merge([*posts, *bars])


def wall(rng: np.random.Generator, length: float) -> Mesh:
    """A free-standing wall along x."""
    height = rng.uniform(0.5, 2.2)
    thick = rng.uniform(0.15, 0.4)
    parts = [box((length, thick, height), (0, 0, height / 2), rng.uniform(0.2, 0.6))]
    if rng.uniform() < 0.4:
        parts += [
            box((0.4, thick + 0.1, height + 0.2), (x, 0, height / 2 + 0.1), 0.4)
            for x in np.arange(-length / 2, length / 2, 3.0)
        ]
    return merge(parts)


def house(rng: np.random.Generator, length: float, depth: float, height: float) -> Mesh:
    """A building whose front is the plane y = 0, the rest behind it at y > 0: windows, door, ledges, roof."""
    colour = rng.uniform(0.28, 0.7)
    parts = [box((length, depth, height), (0, depth / 2, height / 2), colour)]
    storey, pitch = rng.uniform(2.7, 3.4), rng.uniform(1.8, 3.2)
    width, tall = pitch * rng.uniform(0.35, 0.65), rng.uniform(1.2, 1.9)
    frame = rng.uniform() < 0.6
    for floor in range(min(4, int(height // storey))):
        for x in np.arange(-length / 2 + pitch / 2, length / 2 - pitch / 3, pitch):
            if rng.uniform() < 0.12:
                continue
            z = floor * storey + 0.9 + tall / 2
            blind = rng.uniform() < 0.75  # curtains, shutters, dirt
            parts.append(
                box(
                    (width, 0.04, tall),
                    (x, -0.02, z),
                    rng.uniform(0.1, 0.5) if blind else 0.05,
                    MATT if blind else GLASS,
                )
            )
            if frame:
                parts.append(box((width + 0.2, 0.16, 0.08), (x, -0.06, z - tall / 2 - 0.04), 0.5))
        if floor and rng.uniform() < 0.15:
            x = rng.uniform(-length / 3, length / 3)
            parts.append(box((2.5, 1.1, 0.2), (x, -0.55, floor * storey), 0.4))
            parts.append(box((2.5, 0.05, 0.9), (x, -1.08, floor * storey + 0.5), 0.3))
    x = rng.uniform(-0.4, 0.4) * length
    parts.append(box((1.1, 0.3, 0.15), (x, -0.15, 0.08), 0.4))
    parts.append(box((1.0, 0.06, 2.1), (x, -0.02, 1.1), rng.uniform(0.05, 0.5)))
    if rng.uniform() < 0.4:  # a recess or a bay
        x, bay = rng.uniform(-0.3, 0.3) * length, rng.uniform(1.5, 3.5)
        parts.append(box((bay, rng.uniform(0.4, 0.9), height * 0.8), (x, 0, height * 0.4), colour))
    if rng.uniform() < 0.7 and height < 12:
        ridge = height + depth * rng.uniform(0.2, 0.5)
        eaves = 0.4
        corners = np.array(
            [
                (sx * (length / 2 + 0.2), y, z)
                for sx in (-1, 1)
                for y, z in ((-eaves, height - 0.2), (depth + eaves, height - 0.2), (depth / 2, ridge))
            ]
        )
        faces = np.array([(0, 1, 2), (3, 5, 4), (0, 2, 5), (0, 5, 3), (1, 4, 5), (1, 5, 2)])
        roof = box((1, 1, 1), (0, 0, 0), rng.uniform(0.1, 0.4))
        parts.append(Mesh(corners.astype(np.float32), faces.astype(np.uint32), roof.albedo[:6], roof.surface[:6]))
    if rng.uniform() < 0.5:
        parts.append(tube((length / 2 - 0.1, -0.08, 0), (length / 2 - 0.1, -0.08, height), 0.05, 0.3))
    return merge(parts)


def rubble(rng: np.random.Generator) -> Mesh:
    """A heap, a rock, a sack, a flower pot."""
    return merge(
        [
            ball((*rng.normal(0, 0.3, 2), 0.2), rng.uniform(0.15, 0.5, 3), rng.uniform(0.1, 0.5))
            for _ in range(rng.integers(1, 4))
        ]
    )


SMALL: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "tree": tree, "conifer": conifer, "bush": bush, "pole": pole, "sign": sign, "bollard": bollard, "bin": bin_,
    "cabinet": cabinet, "bench": bench, "shelter": shelter, "rubble": rubble,
}  # fmt: skip
_COUNTS = {"tree": 40, "conifer": 10, "bush": 24, "pole": 24, "sign": 24, "bollard": 20, "bin": 12, "cabinet": 24}


@lru_cache(maxsize=1)
def stock() -> dict[str, tuple[Mesh, ...]]:
    """Small props, always the same, built at first use (about a second)."""
    rng = np.random.default_rng(65)
    return {name: tuple(build(rng) for _ in range(_COUNTS.get(name, 8))) for name, build in SMALL.items()}


@lru_cache(maxsize=1)
def barriers() -> dict[str, tuple[Mesh, ...]]:
    """Lengths of four metres of what stands along a street, always the same."""
    rng = np.random.default_rng(66)
    return {
        "hedge": tuple(hedge(rng, 4.0, rng.uniform(0.7, 2.4), rng.uniform(0.5, 1.2)) for _ in range(10)),
        "fence": tuple(fence(rng, 4.0) for _ in range(14)),
        "wall": tuple(wall(rng, 4.0) for _ in range(10)),
    }
