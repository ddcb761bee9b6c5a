"""Fences, walls and rails along x, standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import Mesh, box, merge, tube


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


def rail(rng: np.random.Generator, length: float) -> Mesh:
    """A guard rail of a road, a railing that keeps people off it, or a row of hoops."""
    kind, colour = rng.uniform(), rng.uniform(0.2, 0.6)
    ends = np.arange(-length / 2 + 0.5, length / 2, 1.33)
    if kind < 0.4:
        posts = [box((0.08, 0.1, 0.7), (x, 0.08, 0.35), colour) for x in ends]
        return merge([*posts, box((length, 0.06, 0.3), (0, 0, rng.uniform(0.55, 0.7)), colour)])
    height = rng.uniform(0.7, 1.1)
    posts = [tube((x, 0, 0), (x, 0, height), 0.03, colour, sides=6) for x in np.append(ends, ends + 0.6)]
    if kind < 0.7:
        bars = [tube((-length / 2, 0, z), (length / 2, 0, z), 0.025, colour, sides=5) for z in (height, height * 0.5)]
    else:
        bars = [tube((x, 0, height), (x + 0.6, 0, height), 0.03, colour, sides=6) for x in ends]
    return merge([*posts, *bars])


def patch(rng: np.random.Generator) -> Mesh:
    """A piece of wall as long and high as a car: with piers, with a recess, stepped, or bent at a corner."""
    length, height, thick = rng.uniform(2.0, 5.5), rng.uniform(0.8, 2.0), rng.uniform(0.15, 0.5)
    colour, kind = rng.uniform(0.2, 0.65), rng.uniform()
    parts = [box((length, thick, height), (0, 0, height / 2), colour)]
    if kind < 0.3:
        parts += [
            box((0.45, thick + 0.15, height + 0.2), (x, 0, height / 2 + 0.1), colour)
            for x in (-length / 2, rng.uniform(-0.3, 0.3) * length, length / 2)
        ]
    elif kind < 0.55:  # the recess lies between two cheeks
        deep = rng.uniform(0.4, 1.6)
        parts += [
            box((thick, deep, height * rng.uniform(0.5, 1.0)), (end * length / 2, deep / 2, height * 0.4), colour)
            for end in (-1, 1)
        ]
    elif kind < 0.75:
        rise = rng.uniform(0.3, 0.8)
        parts.append(box((length / 2, thick, rise), (length / 4, 0, height + rise / 2), colour))
    else:
        wing = rng.uniform(0.8, 2.2)
        parts.append(box((thick, wing, height), (length / 2, wing / 2, height / 2), colour))
    return merge(parts)
