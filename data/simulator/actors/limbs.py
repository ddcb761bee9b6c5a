"""Arms, legs and heads of pedestrians and riders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import CLOTH, Mesh, ball, tube

Vector3 = NDArray[np.float64]


def joint(a: Vector3, b: Vector3, upper: float, lower: float, forward: float) -> Vector3:
    """Knee or elbow between `a` and `b` for two bones' lengths, bent forward (+1) or back (-1)."""
    span = b - a
    distance = min(float(np.linalg.norm(span)), upper + lower - 1e-3)
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    height = np.sqrt(max(upper**2 - along**2, 0.0))
    unit = span / np.linalg.norm(span)
    side = np.cross((0.0, 1.0, 0.0), unit)
    side /= max(float(np.linalg.norm(side)), 1e-6)
    if side[0] * forward < 0:
        side = -side
    return np.asarray(a + unit * along + side * height)


def limb(a: Vector3, middle: Vector3, b: Vector3, radii: tuple[float, float, float], albedo: float,
         end_albedo: float) -> list[Mesh]:  # fmt: skip
    """Two bones from `a` over `middle` to `b`, with radii at the three."""
    return [
        tube(a, middle, radii[0], albedo, radii[1], surface=CLOTH),
        tube(middle, b, radii[1], end_albedo, radii[2], surface=CLOTH),
    ]


def cloth(rng: np.random.Generator) -> float:
    """Albedo of a garment."""
    return float(np.clip(rng.normal(0.50, 0.16), 0.04, 0.9))


def head(rng: np.random.Generator, centre: Vector3, skin: float, helmet: float = 0.0) -> list[Mesh]:
    """A face with hair, a hat or hood, or with this chance a helmet; hair throws little light back."""
    face = ball(centre, (0.10, 0.08, 0.125), skin)
    share = rng.uniform()
    if share < helmet:
        return [face, ball(np.add(centre, (-0.01, 0, 0.06)), (0.14, 0.105, 0.09), rng.uniform(0.1, 0.8))]
    if share > 0.9:  # bald, or all covered
        return [face]
    if share > 0.75:
        return [ball(np.add(centre, (-0.02, 0, 0.01)), (0.125, 0.105, 0.145), cloth(rng) * 0.8, CLOTH)]
    hair = float(rng.uniform(0.01, 0.2))
    parts = [face, ball(np.add(centre, (-0.03, 0, 0.035)), (0.10, 0.092, 0.115), hair)]
    if rng.uniform() < 0.25:
        parts.append(ball(np.add(centre, (-0.07, 0, -0.1)), (0.06, 0.08, 0.16), hair))
    return parts
