"""Uprights: thin things as high as a person, which stand where people stand, on z = 0 around the origin.

Sizes are those of the things in German streets: guide post and beacon as the road signs 620 and 605 have them, cable
cabinets as wide as DIN 43629's sizes, young trees of 14 to 25 cm girth between their stakes. Columns, boxes and balls
have the sizes of what networks took for pedestrians in real scans, 10 to 34 m away: 0.2 x 0.2 x 1.6 m, 0.3 x 0.4 x 1.5,
0.5 x 0.3 x 2.1, and clipped plants 1.1 m wide and 1.5 m high.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from data.simulator.mesh import MATT, RETRO, Mesh, ball, box, leaves, loft, merge, stack, tube


def column(rng: np.random.Generator) -> Mesh:
    """A bare column, round or square: gate post, thick lamp post, pier of a wall; 0.15 to 0.5 m wide."""
    wide, height = rng.uniform(0.15, 0.5), rng.uniform(1.2, 2.4) if rng.uniform() < 0.7 else rng.uniform(2.4, 4.5)
    colour = rng.uniform(0.1, 0.7)
    if rng.uniform() < 0.5:
        parts = [box((wide, wide * rng.uniform(0.7, 1.4), height), (0, 0, height / 2), colour)]
    else:
        parts = [tube((0, 0, -0.1), (0, 0, height), wide / 2, colour, wide / 2 * rng.uniform(0.7, 1.0), sides=10)]
    if rng.uniform() < 0.3:
        parts.append(box((wide * 1.3, wide * 1.3, 0.1), (0, 0, height), colour))
    return merge(parts)


def hydrant(rng: np.random.Generator) -> Mesh:
    """A pillar hydrant, 0.7 to 1.1 m high, with its outlets at both sides and its cap."""
    height, radius, colour = rng.uniform(0.7, 1.1), rng.uniform(0.07, 0.15), rng.uniform(0.15, 0.6)
    parts = [tube((0, 0, -0.1), (0, 0, height - 0.1), radius, colour, sides=9)]
    parts.append(ball((0, 0, height - 0.1), (radius * 1.25, radius * 1.25, 0.1), colour))
    parts.append(tube((0, 0, 0), (0, 0, 0.06), radius * 1.5, colour, sides=9))
    reach = radius + rng.uniform(0.06, 0.12)
    parts.append(tube((0, -reach, height * 0.65), (0, reach, height * 0.65), rng.uniform(0.04, 0.07), colour, sides=8))
    return merge(parts)


def meter(rng: np.random.Generator) -> Mesh:
    """A parking meter on its post, or two; or a ticket machine, 1.5 to 1.85 m high."""
    colour = rng.uniform(0.15, 0.6)
    if rng.uniform() < 0.5:
        size = (rng.uniform(0.2, 0.35), rng.uniform(0.28, 0.42), rng.uniform(1.5, 1.85))
        parts = [box(size, (0, 0, size[2] / 2), colour)]
        if rng.uniform() < 0.4:  # its sun roof or panel
            parts.append(box((size[0] + 0.15, size[1] + 0.1, 0.06), (0, 0, size[2] + 0.05), 0.2))
        return merge(parts)
    post, twin = rng.uniform(1.05, 1.3), rng.uniform() < 0.25
    parts = [tube((0, 0, -0.1), (0, 0, post), rng.uniform(0.025, 0.045), 0.3, sides=7)]
    for y in (-0.13, 0.13) if twin else (0.0,):
        parts.append(box((0.14, 0.19, rng.uniform(0.28, 0.4)), (0, y, post + 0.15), colour))
    return merge(parts)


def beacon(rng: np.random.Generator) -> Mesh:
    """A guide post of 1.0 m, or a road works' beacon: a plate 0.25 m wide and 1.0 m high on a heavy foot."""
    if rng.uniform() < 0.4:
        post = box((0.1, 0.12, 1.0), (0, 0, 0.5), rng.uniform(0.4, 0.8))
        return merge([post, box((0.11, 0.05, 0.18), (0, 0, 0.75), 0.9, RETRO)])
    plate = box((0.03, 0.25, 1.0), (0, 0, 0.65), 0.7, RETRO if rng.uniform() < 0.7 else MATT)
    parts = [box((0.8, 0.4, 0.12), (0, 0, 0.06), 0.1), plate]
    if rng.uniform() < 0.4:  # its lamp
        parts.append(tube((-0.04, 0, 1.25), (0.04, 0, 1.25), 0.1, 0.5, sides=9))
    return merge(parts)


def litter_bin(rng: np.random.Generator) -> Mesh:
    """A litter bin of 35 to 50 litres, on a post or standing, its mouth 0.9 to 1.2 m up."""
    top, tall, wide = rng.uniform(0.9, 1.2), rng.uniform(0.5, 0.75), rng.uniform(0.17, 0.24)
    colour, hung = rng.uniform(0.1, 0.5), rng.uniform() < 0.6
    low = top - tall if hung else 0.0
    parts = [stack([(low, wide * 0.8, wide * 0.8), (top, wide, wide * 1.1)], colour, 10)]
    if hung:
        over = top + rng.uniform(0.0, 1.5)
        parts.append(tube((wide + 0.03, 0, -0.1), (wide + 0.03, 0, over), rng.uniform(0.03, 0.06), 0.3, sides=7))
    if rng.uniform() < 0.4:
        parts.append(box((wide * 2.2, wide * 2.3, 0.05), (0, 0, top + 0.15), colour))
    return merge(parts)


def cable_cabinet(rng: np.random.Generator) -> Mesh:
    """A cable distribution cabinet: 0.46, 0.59 or 0.79 m wide, 0.32 deep, 0.9 to 1.25 m high."""
    wide, height = float(rng.choice((0.46, 0.59, 0.785))), rng.uniform(0.9, 1.25)
    body = box((0.32, wide, height), (0, 0, height / 2), rng.uniform(0.3, 0.6))
    return merge([body, box((0.36, wide + 0.05, 0.05), (0, 0, height), 0.4)])


def young_tree(rng: np.random.Generator) -> Mesh:
    """A young tree: a trunk of 4 to 10 cm, alone, between stakes, or in a guard of bars; its crown 2 m up or bare."""
    radius, height = rng.uniform(0.02, 0.05), rng.uniform(3.2, 5.0)
    parts = [tube((0, 0, -0.1), (*rng.normal(0, 0.05, 2), height), radius, 0.3, radius * 0.5, sides=6)]
    share, around = rng.uniform(), rng.uniform(0, 2 * np.pi) + np.arange(3) * 2 * np.pi / 3
    if share < 0.45:
        top, apart = rng.uniform(1.6, 2.3), rng.uniform(0.25, 0.4)
        feet = apart * np.stack([np.cos(around), np.sin(around)], -1)[: rng.integers(1, 4)]
        parts += [tube((x, y, -0.1), (x, y, top), 0.04, 0.35, sides=6) for x, y in feet]
        parts += [tube((*a, top - 0.15), (*b, top - 0.15), 0.03, 0.35, sides=4) for a, b in pairwise(feet)]
    elif share < 0.65:
        wide, top = rng.uniform(0.2, 0.35), rng.uniform(1.5, 1.9)
        bars = np.linspace(0, 2 * np.pi, int(rng.integers(6, 13)), endpoint=False)
        parts += [
            box((0.015, 0.035, top), (wide * np.cos(a), wide * np.sin(a), top / 2), 0.2, yaw=float(a)) for a in bars
        ]
    if rng.uniform() < 0.7:
        spread = rng.uniform(0.4, 0.9)
        centres = rng.normal(0, 0.45, (90, 3)) * (spread, spread, 0.9) + (0, 0, height - 0.6)
        parts.append(leaves(rng, centres, 0.13, 0.45))
    return merge(parts)


def clipped_plant(rng: np.random.Generator) -> Mesh:
    """A plant clipped to a dense ball, egg or cone, 0.6 to 1.3 m wide and 0.9 to 1.8 m high, some in a tub."""
    wide, height = rng.uniform(0.3, 0.65), rng.uniform(0.9, 1.6)
    foot = rng.uniform(0.2, 0.4) if rng.uniform() < 0.4 else 0.0
    level = rng.uniform(0, 1, 300)
    girth = np.sqrt(np.clip(1 - (2 * level - 1) ** 2, 0.05, 1)) if rng.uniform() < 0.7 else 1.05 - 0.9 * level
    angle = rng.uniform(0, 2 * np.pi, 300)
    reach = wide * girth * rng.normal(0.97, 0.05, 300)
    places = np.stack([reach * np.cos(angle), reach * np.sin(angle), foot + level * height], -1)
    core = ball((0, 0, foot + height / 2), (wide * 0.7, wide * 0.7, height * 0.42), 0.3)
    parts = [leaves(rng, places, 0.09, rng.uniform(0.3, 0.6)), core]
    if foot:
        parts.append(stack([(0, wide * 0.5, wide * 0.5), (foot, wide * 0.7, wide * 0.7)], rng.uniform(0.2, 0.6), 9))
    return merge(parts)


def signed_post(rng: np.random.Generator) -> Mesh:
    """A post with a plate above a box or bin at a person's height: 0.25 to 0.45 m wide up to 1.2 or 1.5 m."""
    wide, height = rng.uniform(0.25, 0.45), rng.uniform(1.0, 1.5)
    parts = [box((wide * 0.8, wide, height), (0, 0, height / 2), rng.uniform(0.1, 0.6))]
    top = height + rng.uniform(0.5, 1.4)
    parts.append(tube((0, 0, height), (0, 0, top), 0.035, 0.4, sides=6))
    face = loft(
        np.array([[(x, -0.3, 0), (x, 0.3, 0), (x, 0.3, 0.5), (x, -0.3, 0.5)] for x in (-0.02, 0.02)]), 0.8, RETRO
    )
    return merge([*parts, face.placed(0, 0, top - 0.4, 0, (1.0, rng.uniform(0.5, 1.2), rng.uniform(0.6, 1.2)))])


UPRIGHTS: dict[str, tuple[int, float, Callable[[np.random.Generator], Mesh]]] = {
    "column": (40, 0.26, column), "hydrant": (12, 0.06, hydrant), "meter": (24, 0.12, meter),
    "beacon": (16, 0.09, beacon), "litter bin": (20, 0.1, litter_bin), "cable cabinet": (12, 0.08, cable_cabinet),
    "young tree": (24, 0.1, young_tree), "clipped plant": (24, 0.12, clipped_plant),
    "signed post": (16, 0.07, signed_post),
}  # fmt: skip
"""Uprights by name: how many are in stock, their share of those in a street, and the function that builds one."""
