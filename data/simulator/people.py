"""Pedestrians, cyclists and bicycles as triangle meshes: heading along +x, standing on z = 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import CLOTH, RETRO, Mesh, ball, box, merge, stack, tube


def _joint(
    a: NDArray[np.float64], b: NDArray[np.float64], upper: float, lower: float, forward: float
) -> NDArray[np.float64]:
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


def _limb(a: NDArray[np.float64], joint: NDArray[np.float64], b: NDArray[np.float64], radii: tuple[float, float, float],
          albedo: float, end_albedo: float) -> list[Mesh]:  # fmt: skip
    return [
        tube(a, joint, radii[0], albedo, radii[1], surface=CLOTH),
        tube(joint, b, radii[1], end_albedo, radii[2], surface=CLOTH),
    ]


def _cloth(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0.46, 0.17), 0.03, 0.9))


def pedestrian(rng: np.random.Generator) -> Mesh:
    """Somebody who walks or stands: adult or child, with or without coat, skirt, bag, rucksack, pram."""
    child = rng.uniform() < 0.15
    height = rng.uniform(1.05, 1.45) if child else np.clip(rng.normal(1.73, 0.09), 1.5, 1.98)
    bulk = rng.uniform(0.9, 1.3)
    h = 1.75  # built at one size, scaled at the end
    top, trousers, skin, shoe = _cloth(rng), _cloth(rng), rng.uniform(0.35, 0.6), rng.uniform(0.05, 0.4)
    stride = rng.uniform(0.05, 0.55) if rng.uniform() < 0.75 else rng.uniform(0.0, 0.08)
    parts = []
    hip = 0.92
    phase = rng.choice((-1, 1))
    for side in (1, -1):
        swing = stride * side * phase
        start = np.array([0.0, side * 0.09 * bulk, hip])
        foot = np.array([np.sin(swing) * 0.82, side * 0.10, 0.09 + max(0.0, -np.sin(swing)) * 0.15])
        knee = _joint(start, foot, 0.45, 0.44, 1.0)
        parts += _limb(start, knee, foot, (0.085 * bulk, 0.06, 0.045), trousers, trousers)
        parts.append(box((0.27, 0.09, 0.09), (foot[0] + 0.06, foot[1], foot[2] - 0.04), shoe))
        shoulder = np.array([0.0, side * 0.19 * bulk, 1.42])
        arm = -swing * 0.9
        hand = shoulder + np.array([np.sin(arm) * 0.5 + 0.06, side * 0.06, -np.cos(arm) * 0.52])
        if rng.uniform() < 0.2:  # telephone, bag strap, folded arms
            hand = shoulder + np.array([0.28, -side * 0.1, -0.15 + rng.uniform(-0.15, 0.3)])
        parts += _limb(shoulder, _joint(shoulder, hand, 0.29, 0.27, -1.0), hand, (0.055 * bulk, 0.045, 0.04), top, top)
        parts.append(ball(hand, (0.05, 0.04, 0.07), skin, sides=5))
    lean = rng.uniform(0.0, 0.12)
    hem = hip - (rng.uniform(0.15, 0.5) if rng.uniform() < 0.3 else 0.06)
    parts.append(
        stack(
            [(hem, 0.15 * bulk, 0.20 * bulk), (1.0, 0.12 * bulk, 0.175 * bulk), (1.2, 0.125 * bulk, 0.18 * bulk),
             (1.36, 0.12 * bulk, 0.21 * bulk), (1.45, 0.08, 0.17 * bulk), (1.52, 0.055, 0.06), (1.57, 0.05, 0.05)],
            top, surface=CLOTH,
        )
    )  # fmt: skip
    parts.append(
        ball((0.02 + lean * 0.3, 0, 1.65), (0.10, 0.085, 0.125), skin if rng.uniform() < 0.5 else _cloth(rng) * 0.7)
    )
    extra = rng.uniform()
    if extra < 0.15:
        parts.append(box((0.18, 0.32, 0.45), (-0.2, 0, 1.2), _cloth(rng)))
    elif extra < 0.30:
        parts.append(box((0.3, 0.12, 0.3), (0.05, rng.choice((-1, 1)) * 0.33, 0.55), _cloth(rng)))
    mesh = merge(parts)
    scale = height / h
    mesh = mesh.placed(0, 0, 0, 0, (scale * (1.1 if child else 1.0), scale * (1.1 if child else 1.0), scale))
    if not child and rng.uniform() < 0.05:
        mesh = merge([mesh, *_pram(rng)])
    return mesh


def _pram(rng: np.random.Generator) -> list[Mesh]:
    cloth = _cloth(rng)
    parts = [box((0.75, 0.42, 0.3), (0.85, 0, 0.65), cloth), box((0.35, 0.42, 0.35), (0.7, 0, 0.92), cloth)]
    parts += [
        tube((x, y - 0.02, 0.13), (x, y + 0.02, 0.13), 0.13, 0.05, sides=8) for x in (0.55, 1.1) for y in (-0.24, 0.24)
    ]
    parts.append(tube((0.35, -0.2, 1.0), (0.35, 0.2, 1.0), 0.02, 0.1, sides=5))
    return parts


def bicycle(rng: np.random.Generator) -> Mesh:
    """A bicycle without its rider."""
    metal = rng.uniform(0.15, 0.6)
    parts = []
    radius = 0.34
    angle = np.linspace(0, 2 * np.pi, 15)
    for x in (-0.52, 0.53):
        rim = np.stack([x + radius * np.cos(angle), np.zeros(15), radius + radius * np.sin(angle)], -1)
        parts += [tube(rim[i], rim[i + 1], 0.022, rng.uniform(0.08, 0.4), sides=4) for i in range(14)]
        parts += [tube((x, 0, radius), rim[i], 0.006, 0.3, sides=3) for i in range(0, 14, 2)]
        parts.append(tube((x, -0.05, radius), (x, 0.05, radius), 0.03, 0.2, sides=5))
    saddle, crank, head, hub = (-0.22, 0, 0.90), (-0.05, 0, 0.29), (0.36, 0, 0.85), (-0.52, 0, radius)
    for a, b in (
        (crank, saddle),
        (crank, head),
        (saddle, head),
        (hub, crank),
        (hub, saddle),
        (head, (0.53, 0, radius)),
    ):
        parts.append(tube(a, b, 0.02, metal, sides=5))
    parts.append(tube(head, (0.33, 0, 1.02), 0.017, metal, sides=5))
    parts.append(tube((0.34, -0.27, 1.03), (0.34, 0.27, 1.03), 0.017, 0.1, sides=5))
    parts.append(box((0.26, 0.14, 0.06), (-0.24, 0, 0.94), 0.05))
    if rng.uniform() < 0.6:
        parts.append(box((0.03, 0.06, 0.06), (-0.62, 0, 0.62), 0.9, RETRO))
    if rng.uniform() < 0.3:
        parts.append(
            box((0.35, 0.3, 0.25), (0.52, 0, 0.95), 0.2)
            if rng.uniform() < 0.5
            else box((0.35, 0.14, 0.04), (-0.5, 0, 0.75), 0.1)
        )
    return merge(parts)


def cyclist(rng: np.random.Generator) -> Mesh:
    """A bicycle and who rides it, upright or low, legs at any turn of the pedals."""
    bike = bicycle(rng)
    top, trousers, skin = _cloth(rng), _cloth(rng), rng.uniform(0.3, 0.6)
    bulk = rng.uniform(0.9, 1.2)
    lean = rng.uniform(0.05, 0.75)
    hip = np.array([-0.20, 0.0, 1.00])
    spine = np.array([np.sin(lean), 0.0, np.cos(lean)])
    neck = hip + spine * 0.55
    turn = rng.uniform(0, 2 * np.pi)
    parts = [bike]
    for side in (1, -1):
        pedal = np.array([-0.05 + 0.17 * np.cos(turn) * side, side * 0.13, 0.29 + 0.17 * np.sin(turn) * side])
        start = hip + np.array([0, side * 0.09, 0])
        ankle = pedal + np.array([-0.03, 0, 0.09])
        knee = _joint(start, ankle, 0.44, 0.43, 1.0)
        parts += _limb(start, knee, ankle, (0.085 * bulk, 0.06, 0.045), trousers, trousers)
        parts.append(box((0.26, 0.09, 0.08), pedal + np.array([0.05, 0, 0.04]), 0.15))
        shoulder = neck + spine * -0.08 + (0, side * 0.19 * bulk, 0)
        hand = np.array([0.33, side * 0.25, 1.05])
        parts += _limb(shoulder, _joint(shoulder, hand, 0.30, 0.28, -1.0), hand, (0.05 * bulk, 0.045, 0.035), top, top)
    levels = [(-0.08, 0.13 * bulk, 0.17 * bulk), (0.1, 0.12 * bulk, 0.165 * bulk), (0.3, 0.125 * bulk, 0.18 * bulk),
              (0.44, 0.115 * bulk, 0.20 * bulk), (0.53, 0.07, 0.15 * bulk), (0.60, 0.055, 0.06)]  # fmt: skip
    parts.append(stack(levels, top, shift=hip, lean=lean, surface=CLOTH))
    parts.append(
        ball(neck + spine * 0.12 + (0.06, 0, 0.08), (0.11, 0.09, 0.13), skin if rng.uniform() < 0.5 else _cloth(rng))
    )
    if rng.uniform() < 0.25:
        parts.append(
            box((0.18, 0.3, 0.42), hip + spine * 0.33 + (-0.2 * np.cos(lean), 0, 0.2 * np.sin(lean)), _cloth(rng))
        )
    scale = rng.uniform(0.93, 1.06) if rng.uniform() < 0.9 else rng.uniform(0.75, 0.88)
    return merge(parts).placed(0, 0, 0, 0, (scale, 1.0, scale))
