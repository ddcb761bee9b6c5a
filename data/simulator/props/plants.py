"""Trees, bushes and hedges, standing on z = 0 around the origin."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import Mesh, box, leaves, loft, merge, stack, tube


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


def trunk(rng: np.random.Generator) -> Mesh:
    """The foot of a big tree near the path: thick, forked, with ivy, low branches or shoots; its crown far above."""
    radius, height = rng.uniform(0.12, 0.5), rng.uniform(5, 9)
    bark = rng.uniform(0.15, 0.5)
    lean = rng.normal(0, 0.25, 2)
    clear = rng.uniform(1.2, 3.0)
    parts = [tube((0, 0, -0.3), (0, 0, 0.35), radius * 1.5, bark, radius, sides=9)]
    parts.append(tube((0, 0, 0.3), (*(lean * 0.4), clear), radius, bark, radius * 0.8, sides=9))
    for _ in range(int(rng.integers(1, 4))):  # one stem goes on, or two or three
        end = lean + rng.normal(0, 0.7, 2)
        parts.append(tube((*(lean * 0.4), clear - 0.1), (*end, height), radius * 0.75, bark, radius * 0.3))
    for _ in range(int(rng.integers(0, 4))):
        foot, out = float(rng.uniform(0.7, 2.5)), rng.normal(0, 0.7, 2)
        parts.append(tube((0, 0, foot), (*out, foot + rng.uniform(0, 0.8)), 0.05, bark, 0.02, sides=5))
        twigs = rng.normal(0, 0.25, (30, 3))
        parts.append(leaves(rng, np.add(twigs, (*out, foot + 0.4)), 0.12, 0.4))
    if rng.uniform() < 0.4:  # ivy
        top, count = rng.uniform(0.8, 3.0), 260
        angle, level = rng.uniform(0, 2 * np.pi, count), rng.uniform(0, top, count)
        reach = radius + rng.uniform(0.02, 0.2, count)
        parts.append(leaves(rng, np.stack([reach * np.cos(angle), reach * np.sin(angle), level], -1), 0.13, 0.4))
    if rng.uniform() < 0.3:  # shoots and weeds around the foot
        shoots = rng.normal(0, 0.35, (80, 3))
        shoots[:, 2] = np.abs(shoots[:, 2])
        parts.append(leaves(rng, shoots, 0.12, 0.4))
    spread = rng.uniform(1.5, 3.5)
    parts.append(
        crown(rng, spread, height * 0.6, int(150 + 120 * spread)).placed(float(lean[0]), float(lean[1]), height * 0.6)
    )
    return merge(parts)


def shrub(rng: np.random.Generator) -> Mesh:
    """A plant of a person's size: clipped to a ball, cone or column, or grown as it likes, some in a tub."""
    radius, height = rng.uniform(0.2, 0.5), rng.uniform(0.9, 2.1)
    foot = rng.uniform(0.3, 0.6) if rng.uniform() < 0.4 else 0.0
    form, count = rng.uniform(), int(rng.uniform(120, 260))
    level = rng.uniform(0, 1, count)
    if form < 0.3:
        girth = 1 - 0.9 * level
    elif form < 0.6:
        girth = np.sqrt(np.clip(1 - (2 * level - 1) ** 2, 0.02, 1))
    elif form < 0.8:
        girth = np.where(level > 0.5, np.sqrt(np.clip(1 - (4 * level - 3) ** 2, 0.02, 1)), 0.15)  # a ball on a stem
    else:
        girth = 0.75 + 0.3 * np.sin(5 * level + rng.uniform(0, 6.3))
    angle = rng.uniform(0, 2 * np.pi, count)
    reach = radius * girth * rng.uniform(0.7, 1.1, count)
    places = np.stack([reach * np.cos(angle), reach * np.sin(angle), foot + level * height], -1)
    albedo = rng.uniform(0.3, 0.6)
    parts = [leaves(rng, places, 0.1, albedo), tube((0, 0, 0), (0, 0, foot + height * 0.9), 0.05, 0.25, 0.02)]
    if form > 0.8 or form < 0.6:
        parts.append(
            tube((0, 0, foot), (0, 0, foot + height * 0.8), radius * 0.5, albedo, radius * (0.1 if form < 0.3 else 0.4))
        )
    if foot:
        parts.append(stack([(0, 0.16, 0.16), (foot, radius * 0.8 + 0.1, radius * 0.8 + 0.1)], rng.uniform(0.2, 0.6), 9))
    return merge(parts)


def thicket(rng: np.random.Generator) -> Mesh:
    """A bush as long and high as a car."""
    length, width, height = rng.uniform(2.5, 5.0), rng.uniform(1.2, 2.2), rng.uniform(1.0, 2.0)
    return crown(rng, 1.0, height, int(rng.uniform(350, 650))).placed(0, 0, 0, 0, (length / 2, width / 2, 1.0))


def hedge(rng: np.random.Generator, length: float, height: float, depth: float) -> Mesh:
    """A clipped hedge along x: leaves around a core that stops the light."""
    count = int(40 * length * (height + depth))
    side = rng.integers(0, 4, count)
    x = rng.uniform(-length / 2, length / 2, count)
    y = np.where(side == 3, rng.uniform(-depth / 2, depth / 2, count), np.where(side % 2, -depth / 2, depth / 2))
    z = np.where(side == 3, height, rng.uniform(0.0, height, count))
    shell = leaves(rng, np.stack([x, y + rng.normal(0, 0.06, count), z + rng.normal(0, 0.05, count)], -1), 0.12, 0.4)
    if rng.uniform() < 0.5:  # rounded on top
        half = depth * 0.36
        outline = [(half, 0.05), (half, 0.6), (half * 0.8, 0.82), (half * 0.3, 0.93)]
        outline += [(-y, z) for y, z in reversed(outline)]
        rings = np.stack([[(end * length / 2, y, z * height) for y, z in outline] for end in (-1, 1)])
        return merge([shell, loft(rings, 0.3)])
    return merge([shell, box((length, depth * 0.6, height * 0.88), (0, 0, height * 0.42), 0.3)])
