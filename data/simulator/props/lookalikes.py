"""Lookalikes: things of a person's or a car's size and place, which a network takes for one."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import MATT, PAINT, RETRO, Mesh, ball, box, loft, merge, stack, tube


def laden_pole(rng: np.random.Generator) -> Mesh:
    """A pole with plates, boxes, baskets or posters at any height."""
    radius, height = rng.uniform(0.03, 0.13), rng.uniform(2.0, 6.0)
    parts = [tube((0, 0, -0.1), (0, 0, height), radius, rng.uniform(0.1, 0.6), radius * 0.8)]
    for _ in range(int(rng.integers(1, 5))):
        z, yaw = rng.uniform(0.4, min(height, 2.6)), rng.uniform(0, 6.3)
        wide, tall = rng.uniform(0.2, 0.7), rng.uniform(0.15, 0.9)
        share, out = rng.uniform(), radius + rng.uniform(0, 0.15)
        at = (out * np.cos(yaw), out * np.sin(yaw), z)
        if share < 0.4:
            parts.append(box((0.03, wide, tall), at, 0.8, RETRO if rng.uniform() < 0.6 else MATT, yaw))
        elif share < 0.75:
            parts.append(box((rng.uniform(0.1, 0.4), wide * 0.7, tall), at, rng.uniform(0.1, 0.6), MATT, yaw))
        else:
            parts.append(stack([(-tall / 2, 0.12, 0.12), (tall / 2, 0.2, 0.2)], rng.uniform(0.1, 0.6), 8, shift=at))
    if rng.uniform() < 0.3:
        parts.append(tube((0, 0, 0), (0, 0, rng.uniform(0.3, 1.2)), rng.uniform(0.12, 0.3), 0.4, radius * 1.2))
    return merge(parts)


def turned(rng: np.random.Generator) -> Mesh:
    """Something of a person's size turned on a lathe: urn, statue, column, tub, barrel, furled parasol."""
    height, girth = rng.uniform(0.8, 2.2), rng.uniform(0.1, 0.4)
    levels = np.concatenate([[0.0], np.sort(rng.uniform(0.05, 0.95, int(rng.integers(2, 7)))), [1.0]]) * height
    flat = rng.uniform(0.6, 1.0)
    radii = girth * rng.uniform(0.35, 1.25, len(levels))
    parts = [stack([(z, r * flat, r) for z, r in zip(levels, radii, strict=True)], rng.uniform(0.15, 0.7), 10)]
    if rng.uniform() < 0.4:
        size = rng.uniform(0.08, 0.28)
        parts.append(ball((0, 0, height + size * 0.7), (size, size, size), rng.uniform(0.15, 0.7)))
    if rng.uniform() < 0.3:
        parts.append(box((girth * 2.4, girth * 2.4, 0.4), (0, 0, 0.2), 0.5))
    return merge(parts)


def post(rng: np.random.Generator) -> Mesh:
    """A post with a head: parking meter, ball on a column, post box, drinking fountain, charging point, gate post."""
    height, radius = rng.uniform(0.7, 1.7), rng.uniform(0.03, 0.2)
    colour, share = rng.uniform(0.1, 0.7), rng.uniform()
    if rng.uniform() < 0.35:
        parts = [box((radius * 2, radius * 2.2, height), (0, 0, height / 2), colour)]
    else:
        parts = [tube((0, 0, -0.1), (0, 0, height), radius, colour, radius * rng.uniform(0.6, 1.0), sides=9)]
    if share < 0.4:
        size = radius * rng.uniform(0.9, 1.6) + 0.05
        parts.append(ball((0, 0, height + size * 0.8), (size, size, size), colour))
    elif share < 0.8:
        parts.append(
            box((rng.uniform(0.12, 0.4), rng.uniform(0.18, 0.5), rng.uniform(0.2, 0.7)), (0, 0, height), colour)
        )
    return merge(parts)


def boxes(rng: np.random.Generator) -> Mesh:
    """Boxes on and beside each other, up to a person's size: crates, parcels, cabinets, machines, a shop's display."""
    parts, top = [], 0.0
    for _ in range(int(rng.integers(1, 5))):
        size = rng.uniform((0.2, 0.25, 0.2), (0.7, 1.0, 0.9))
        beside = rng.uniform() < 0.35
        at = (*rng.normal(0, 0.08, 2), top + size[2] / 2)
        if beside:
            at = (rng.normal(0, 0.4), rng.normal(0, 0.6), size[2] / 2)
        parts.append(box(size, at, rng.uniform(0.1, 0.7), yaw=rng.normal(0, 0.2)))
        top += 0.0 if beside else size[2]
        if top > 1.7:
            break
    return merge(parts)


def board(rng: np.random.Generator) -> Mesh:
    """A board on legs: an A-board, a notice board, a map, a stand of postcards, a road works' barrier."""
    wide, tall, foot = rng.uniform(0.4, 1.4), rng.uniform(0.5, 1.4), rng.uniform(0.0, 0.9)
    if rng.uniform() < 0.35:
        face = loft(
            np.array(
                [
                    [(0.27 + x, y, 0.02), (0.02 + x, y, tall), (0.02 + x, -y, tall), (0.27 + x, -y, 0.02)]
                    for x, y in ((0.0, wide / 2), (0.03, wide / 2))
                ]
            ),
            rng.uniform(0.2, 0.8),
        )
        return merge([face, face.placed(0, 0, 0, np.pi)])
    parts = [
        box((0.06, wide, tall), (0, 0, foot + tall / 2), rng.uniform(0.2, 0.8), RETRO if rng.uniform() < 0.2 else MATT)
    ]
    parts += [tube((0, side * wide * 0.42, 0), (0, side * wide * 0.42, foot + tall), 0.035, 0.3) for side in (1, -1)]
    parts += [box((0.5, 0.06, 0.06), (0, side * wide * 0.42, 0.03), 0.3) for side in (1, -1)]
    return merge(parts)


def skip(rng: np.random.Generator) -> Mesh:
    """A skip, its long sides slanting."""
    length, width, height = rng.uniform(2.8, 4.5), rng.uniform(1.6, 2.0), rng.uniform(1.0, 1.7)
    corners = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    rings = np.stack([np.column_stack([corners * (length / 2 * share, width / 2), np.full(4, z)])
                      for share, z in ((0.65, 0.05), (1.0, height))])  # fmt: skip
    parts = [loft(rings, rng.uniform(0.1, 0.5), MATT if rng.uniform() < 0.6 else PAINT)]
    parts += [
        box((0.15, 0.08, height * 0.9), (x, side * width / 2, height / 2), 0.3) for x in (-0.5, 0.5) for side in (1, -1)
    ]
    if rng.uniform() < 0.5:
        parts.append(ball((0, 0, height), (length * 0.35, width * 0.4, rng.uniform(0.1, 0.5)), 0.4))
    return merge(parts)


def container(rng: np.random.Generator) -> Mesh:
    """A container, transformer house, kiosk, recycling station or stack of goods, as long as a car."""
    length, width, height = rng.uniform(1.8, 5.0), rng.uniform(1.2, 2.3), rng.uniform(1.1, 2.5)
    colour = rng.uniform(0.1, 0.7)
    parts = [box((length, width, height), (0, 0, height / 2), colour, PAINT if rng.uniform() < 0.2 else MATT)]
    share = rng.uniform()
    if share < 0.35:
        parts += [
            box((0.08, width + 0.08, height), (x, 0, height / 2), colour)
            for x in np.arange(-length / 2, length / 2, 0.45)
        ]
    elif share < 0.6:
        parts.append(box((length + 0.3, width + 0.3, 0.12), (0, 0, height + 0.06), 0.35))
        for x, side in ((-0.25, 1), (-0.25, -1), (0.25, 1), (0.25, -1)):
            parts += [box((0.9, 0.05, height * 0.8), (x * length, side * width / 2, height * 0.45), 0.3)]
    elif share < 0.8:
        parts += [
            ball((x, 0, height), (0.4, width * 0.4, 0.3), colour) for x in np.arange(-length / 2 + 0.5, length / 2, 0.9)
        ]
    return merge(parts)


def heap(rng: np.random.Generator) -> Mesh:
    """A heap of earth or gravel, a boat or a car's size of something under a sheet."""
    half, wide, height = rng.uniform(1.2, 2.4), rng.uniform(0.6, 1.1), rng.uniform(0.7, 1.6)
    shares = np.array([1.0, rng.uniform(0.9, 1.05), rng.uniform(0.6, 0.9), rng.uniform(0.1, 0.4)])
    levels = [(z * height, half * s, wide * s) for z, s in zip((0, 0.35, 0.8, 1.0), shares, strict=True)]
    return stack(levels, rng.uniform(0.15, 0.6), 12)


def rubble(rng: np.random.Generator) -> Mesh:
    """A heap, a rock, a sack, a flower pot."""
    return merge(
        [
            ball((*rng.normal(0, 0.3, 2), 0.2), rng.uniform(0.15, 0.5, 3), rng.uniform(0.1, 0.5))
            for _ in range(rng.integers(1, 4))
        ]
    )
