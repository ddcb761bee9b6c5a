"""Buildings: their front is the plane y = 0, the rest lies behind it at y > 0; standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.mesh import CLOTH, GLASS, MATT, RETRO, Mesh, ball, box, merge, solid, tube


def house(rng: np.random.Generator, length: float, depth: float, height: float) -> Mesh:
    """A building: windows, ledges, balconies, roof, and what stands out at street level."""
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
    parts += _street_level(rng, length)
    if rng.uniform() < 0.7 and height < 12:
        parts.append(_roof(rng, length, depth, height))
    for x in (-length / 2 + 0.1, length / 2 - 0.1):
        if rng.uniform() < 0.4:  # a downpipe
            parts.append(tube((x, -0.08, 0), (x, -0.08, height), 0.06, 0.3))
    return merge(parts)


def _roof(rng: np.random.Generator, length: float, depth: float, height: float) -> Mesh:
    ridge, eaves = height + depth * rng.uniform(0.2, 0.5), 0.4
    corners = np.array(
        [
            (sx * (length / 2 + 0.2), y, z)
            for sx in (-1, 1)
            for y, z in ((-eaves, height - 0.2), (depth + eaves, height - 0.2), (depth / 2, ridge))
        ]
    )
    faces = np.array([(0, 1, 2), (3, 5, 4), (0, 2, 5), (0, 5, 3), (1, 4, 5), (1, 5, 2)])
    return solid(corners, faces, rng.uniform(0.1, 0.4))


def _street_level(rng: np.random.Generator, length: float) -> list[Mesh]:
    """Columns, steps with rails, porches, a shop with awning and display, letter boxes, flower tubs, gas pipes."""
    parts: list[Mesh] = []
    for _ in range(int(rng.poisson(length / 6))):
        x, share, colour = rng.uniform(-0.46, 0.46) * length, rng.uniform(), rng.uniform(0.2, 0.7)
        if share < 0.2:  # columns of a porch or an arcade
            reach, high = rng.uniform(0.3, 1.5), rng.uniform(2.2, 3.2)
            spots = [x + i * rng.uniform(1.0, 2.5) for i in range(int(rng.integers(1, 4)))]
            radius = rng.uniform(0.06, 0.25)
            parts += [
                tube((at, -reach, 0), (at, -reach, high), radius, colour, sides=8)
                for at in spots
                if abs(at) < length / 2
            ]
            parts.append(box((2.4, reach + 0.2, 0.15), (x, -reach / 2, high), colour))
        elif share < 0.4:  # steps with rails
            count = int(rng.integers(1, 5))
            for i in range(count):
                parts.append(box((1.4, 0.3, 0.17), (x, -0.15 - 0.3 * i, 0.085 + 0.17 * (count - 1 - i)), 0.45))
            for side in (0.7, -0.7):
                foot = -0.3 * count
                parts += [tube((x + side, y, 0), (x + side, y, 1.0), 0.02, 0.3, sides=4) for y in (-0.05, foot)]
                parts.append(tube((x + side, -0.05, 1.0 + 0.1 * count), (x + side, foot, 0.95), 0.025, 0.3, sides=4))
        elif share < 0.55:  # a shop: window, awning, what it puts out
            parts.append(box((rng.uniform(2, 4), 0.05, 2.0), (x, -0.03, 1.4), 0.05, GLASS))
            if rng.uniform() < 0.5:
                parts.append(box((3.0, 1.3, 0.05), (x, -0.65, rng.uniform(2.2, 2.7)), 0.4, CLOTH))
            for _ in range(int(rng.integers(0, 4))):
                size = rng.uniform((0.3, 0.3, 0.5), (1.0, 0.7, 1.6))
                parts.append(box(size, (x + rng.normal(0, 1.2), -0.5, size[2] / 2), rng.uniform(0.2, 0.7)))
        elif share < 0.7:  # tubs and lamps beside the door
            for at in (x - 0.8, x + 0.8):
                parts.append(tube((at, -0.35, 0), (at, -0.35, 0.45), 0.18, colour, 0.22, sides=8))
                parts.append(ball((at, -0.35, rng.uniform(0.6, 1.0)), (0.25, 0.25, rng.uniform(0.2, 0.5)), 0.4))
        elif share < 0.85:  # a pillar, chimney or bay that stands out a little
            parts.append(
                box((rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.8), rng.uniform(1.2, 3)), (x, -0.1, 1.0), colour)
            )
        else:  # meters, letter boxes, signs, a pipe
            parts.append(
                box((rng.uniform(0.3, 0.6), 0.2, rng.uniform(0.3, 0.9)), (x, -0.1, rng.uniform(0.6, 1.8)), colour)
            )
            parts.append(box((0.6, 0.03, 0.4), (x + 0.5, -0.05, 2.3), 0.8, RETRO if rng.uniform() < 0.3 else MATT))
            parts.append(tube((x - 0.4, -0.06, 0), (x - 0.4, -0.06, 3.0), 0.04, 0.3, sides=5))
    return parts
