"""Trucks, transporters, trailers and caravans as triangle meshes: heading along +x, centred, standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.actors.vehicles import road_wheel
from data.simulator.mesh import GLASS, MATT, PAINT, RETRO, Mesh, box, loft, merge, tube


def truck(rng: np.random.Generator) -> Mesh:
    """A lorry: cab and box, tarpaulin or flat bed."""
    length, width, height = rng.uniform(5.8, 10.5), rng.uniform(2.1, 2.5), rng.uniform(2.5, 3.7)
    cab_length, cab_height = rng.uniform(1.6, 2.2), min(height, rng.uniform(2.3, 3.0))
    front = length / 2
    low = 0.45
    x = front - np.array([0.0, 0.12, 0.5, cab_length])
    top = np.array([1.25, cab_height * 0.75, cab_height, cab_height])
    half = width / 2
    outline = [(1.0, np.full(4, low)), (1.0, top * 0.6), (0.93, top)]
    outline += [(-share, z) for share, z in reversed(outline)]
    rings = np.stack([np.stack([x, np.full(4, share * half), z], -1) for share, z in outline], axis=1)
    parts = [loft(rings, 0.2, PAINT)]
    parts.append(box((0.02, width * 0.84, cab_height * 0.28), (front - 0.13, 0, cab_height * 0.68), 0.05, GLASS))
    for side in (1, -1):
        parts.append(box((0.7, 0.02, 0.55), (front - 0.75, side * (half * 0.985), cab_height * 0.66), 0.05, GLASS))
        parts.append(box((0.1, 0.3, 0.2), (front - 0.02, side * 0.38 * width, 0.8), 0.6, RETRO))
    bed_length = length - cab_length - 0.25
    bed_x = -length / 2 + bed_length / 2
    parts.append(box((bed_length, width * 0.5, 0.25), (bed_x, 0, 0.8), 0.05))
    if rng.uniform() < 0.8:
        parts.append(
            box((bed_length, width, height - 1.0), (bed_x, 0, (height + 1.0) / 2), rng.uniform(0.05, 0.6), PAINT)
        )
        parts.append(box((0.02, width * 0.9, 0.1), (-length / 2 - 0.01, 0, 1.05), 0.8, RETRO))
    else:
        parts.append(box((bed_length, width, 0.12), (bed_x, 0, 1.0), 0.15))
        parts.append(box((bed_length * 0.6, width * 0.8, rng.uniform(0.4, 1.2)), (bed_x, 0, 1.5), 0.3))
    for axle in (front - 1.1, -length / 2 + 1.2, *((-length / 2 + 2.3,) if length > 8 else ())):
        for side in (1, -1):
            parts += road_wheel(axle, side * (half - 0.02), 0.46, 0.3, 0.2)
    return merge(parts)


def _chassis(length: float, width: float, radius: float, axles: tuple[float, ...]) -> list[Mesh]:
    """A frame, its wheels and the drawbar in front."""
    parts = [box((length, width * 0.5, 0.1), (0, 0, radius + 0.1), 0.1)]
    parts += [tube((length / 2, side * 0.3, 0.45), (length / 2 + 1.0, 0, 0.45), 0.04, 0.3) for side in (1, -1)]
    parts.append(tube((length / 2 + 0.85, 0, 0.03), (length / 2 + 0.85, 0, 0.6), 0.035, 0.3))
    for x in axles:
        for side in (1, -1):
            parts += road_wheel(x, side * (width / 2 - 0.02), radius, 0.18, 0.3)
    return parts


def trailer(rng: np.random.Generator) -> Mesh:
    """A small trailer: open, loaded, under a tarpaulin, or a box for goods or a horse."""
    length, width = rng.uniform(1.9, 3.4), rng.uniform(1.25, 1.75)
    radius, side_height = rng.uniform(0.25, 0.33), rng.uniform(0.3, 0.5)
    parts = _chassis(length, width, radius, (0.0,) if length < 2.8 else (-0.35, 0.35))
    share, floor = rng.uniform(), radius + 0.15
    if share < 0.35:
        parts += [
            box((length, 0.04, side_height), (0, y, floor + side_height / 2), 0.4) for y in (-width / 2, width / 2)
        ]
        parts += [
            box((0.04, width, side_height), (x, 0, floor + side_height / 2), 0.4) for x in (-length / 2, length / 2)
        ]
        if rng.uniform() < 0.6:
            parts.append(
                box((length * 0.8, width * 0.8, rng.uniform(0.2, 0.8)), (0, 0, floor + 0.4), rng.uniform(0.1, 0.6))
            )
    else:
        height = rng.uniform(0.9, 1.7)
        top = [(floor, length / 2, width / 2), (floor + height * 0.85, length / 2, width / 2),
               (floor + height, length / 2 - 0.15, width / 2 - 0.15)]  # fmt: skip
        parts.append(_cuboid(top, rng.uniform(0.15, 0.6), PAINT if rng.uniform() < 0.5 else MATT))
    for side in (1, -1):
        parts.append(box((0.04, 0.25, 0.12), (-length / 2 - 0.02, side * (width / 2 - 0.15), 0.6), 0.8, RETRO))
    return merge(parts)


def caravan(rng: np.random.Generator) -> Mesh:
    """A caravan to be towed."""
    length, width, height = rng.uniform(3.8, 5.4), rng.uniform(2.0, 2.3), rng.uniform(2.3, 2.65)
    parts = _chassis(length * 0.9, width, 0.32, (0.0,))
    half, side = length / 2, width / 2
    levels = [
        (0.4, half - 0.2, side),
        (0.9, half, side),
        (height - 0.5, half - 0.1, side),
        (height, half - 0.6, side - 0.15),
    ]
    parts.append(_cuboid(levels, rng.uniform(0.3, 0.6), PAINT))
    for x in (-length * 0.28, length * 0.28):
        for side in (1, -1):
            parts.append(box((0.9, 0.03, 0.5), (x, side * width / 2, 1.5), 0.05, GLASS))
    parts.append(box((0.03, width * 0.7, 0.5), (-length / 2 + 0.02, 0, 1.5), 0.05, GLASS))
    for side in (1, -1):
        parts.append(box((0.05, 0.25, 0.2), (-length / 2, side * width * 0.4, 0.7), 0.8, RETRO))
    return merge(parts)


def _cuboid(levels: list[tuple[float, float, float]], albedo: float, surface: int) -> Mesh:
    """Rectangles (height, half length, half width) above each other."""
    corners = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    rings = np.stack([np.column_stack([corners * (x, y), np.full(4, z)]) for z, x, y in levels])
    return loft(rings, albedo, surface)
