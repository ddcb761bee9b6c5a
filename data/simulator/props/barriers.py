"""Fences and walls along x, standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import Mesh, box, merge


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
