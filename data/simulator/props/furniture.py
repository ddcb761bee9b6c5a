"""Street furniture: poles, signs, bollards, bins, benches and shelters."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import GLASS, RETRO, Mesh, box, merge, stack, tube


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


def table(rng: np.random.Generator) -> Mesh:
    """A cafe's table, some under a parasol."""
    parts = [box((0.7, 0.7, 0.04), (0, 0, 0.74), rng.uniform(0.2, 0.6)), tube((0, 0, 0), (0, 0, 0.74), 0.03, 0.3, 0.03)]
    if rng.uniform() < 0.3:
        parts.append(tube((0, 0, 0.7), (0, 0, 2.4), 0.025, 0.4))
        parts.append(stack([(2.1, 1.3, 1.3), (2.45, 0.6, 0.6), (2.6, 0.05, 0.05)], rng.uniform(0.3, 0.8), 8))
    return merge(parts)


def chair(rng: np.random.Generator) -> Mesh:
    """A chair that looks along +x."""
    colour = rng.uniform(0.1, 0.6)
    legs = [tube((x, y, 0), (x, y, 0.45), 0.015, colour, sides=4) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    return merge(
        [*legs, box((0.42, 0.42, 0.04), (0, 0, 0.44), colour), box((0.04, 0.42, 0.4), (-0.22, 0, 0.7), colour)]
    )
