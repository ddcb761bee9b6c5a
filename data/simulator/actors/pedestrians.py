"""Pedestrians as triangle meshes: heading along +x, standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.actors.limbs import cloth, head, joint, limb
from data.simulator.mesh import CLOTH, Mesh, ball, box, merge, stack, tube

BUILT = 1.75
"""Metres: the height that a person is built with, before being scaled to their own."""
_CHILD = 0.15


def _size(rng: np.random.Generator, child: bool) -> tuple[float, float]:
    """Scale across and up."""
    up = (rng.uniform(1.05, 1.45) if child else float(np.clip(rng.normal(1.73, 0.09), 1.5, 1.98))) / BUILT
    return up * (1.1 if child else 1.0), up


def _torso(rng: np.random.Generator, hem: float, bulk: float, albedo: float) -> Mesh:
    """A trunk from the hem of what is worn to the neck: jacket, long coat or skirt."""
    wide = 1.0 if hem > 0.8 else rng.uniform(1.0, 1.35)
    levels = [(hem, 0.14 * bulk * wide, 0.17 * bulk * wide), (1.0, 0.12 * bulk, 0.165 * bulk),
              (1.2, 0.125 * bulk, 0.18 * bulk), (1.36, 0.12 * bulk, 0.21 * bulk), (1.45, 0.08, 0.17 * bulk),
              (1.52, 0.055, 0.06), (1.57, 0.05, 0.05)]  # fmt: skip
    return stack(levels, albedo, lean=rng.uniform(-0.02, 0.05), surface=CLOTH)


def pedestrian(rng: np.random.Generator, *, on_board: bool = False) -> Mesh:
    """Somebody who walks or stands: adult or child, with or without coat, skirt, bag, rucksack, suitcase, pram.

    on_board: stands on a narrow board with both hands at a bar in front.
    """
    child = rng.uniform() < _CHILD
    bulk = rng.uniform(0.9, 1.3)
    top, trousers, skin, shoe = cloth(rng), cloth(rng), rng.uniform(0.35, 0.6), rng.uniform(0.05, 0.4)
    stride = rng.uniform(0.05, 0.55) if rng.uniform() < 0.75 else rng.uniform(0.0, 0.08)
    parts: list[Mesh] = []
    hip, phase = 0.92, rng.choice((-1, 1))
    apart = rng.uniform(0.04, 0.13)
    pram = not child and rng.uniform() < 0.06
    carry = rng.uniform()
    if on_board:
        stride, apart, pram = 0.14, 0.04, False
    for side in (1, -1):
        swing = stride * side * phase
        start = np.array([0.0, side * 0.09 * bulk, hip])
        foot = np.array([np.sin(swing) * 0.82, side * apart, 0.09 + max(0.0, -np.sin(swing)) * 0.15])
        knee = joint(start, foot, 0.43, 0.42, 1.0)
        parts += limb(start, knee, foot, (0.085 * bulk, 0.06, 0.045), trousers, trousers)
        parts.append(box((0.27, 0.09, 0.09), (foot[0] + 0.06, foot[1], foot[2] - 0.04), shoe))
        shoulder = np.array([0.0, side * 0.19 * bulk, 1.42])
        arm = -swing * 0.9
        hand = shoulder + np.array([np.sin(arm) * 0.5 + 0.06, side * 0.06, -np.cos(arm) * 0.52])
        gesture = rng.uniform()
        if pram or on_board:
            hand = np.array([0.36, side * 0.2, 1.02])
        elif gesture < 0.2:  # telephone, bag strap, folded arms
            hand = shoulder + np.array([0.28, -side * 0.1, -0.15 + rng.uniform(-0.15, 0.3)])
        elif gesture < 0.26:  # points somewhere, or rests a hand on the hip
            hand = shoulder + rng.normal(0, 1, 3) * (0.3, 0.2, 0.2) + (0.1, side * 0.2, -0.05)
        parts += limb(shoulder, joint(shoulder, hand, 0.29, 0.27, -1.0), hand, (0.055 * bulk, 0.045, 0.04), top, top)
        parts.append(ball(hand, (0.05, 0.04, 0.07), skin, sides=5))
    hem = hip - (rng.uniform(0.15, 0.55) if rng.uniform() < 0.3 else 0.06)
    parts.append(_torso(rng, hem, bulk, top))
    parts += head(rng, np.array([0.03 + rng.uniform(0, 0.04), 0, 1.64]), skin)
    if carry < 0.17:  # rucksack
        parts.append(box((0.18, 0.32, 0.45), (-0.2, 0, 1.2), cloth(rng)))
    elif carry < 0.32:  # bags
        for side in (1, -1) if rng.uniform() < 0.3 else (rng.choice((1, -1)),):
            parts.append(box((0.32, 0.13, 0.33), (0.05, side * 0.33, 0.52), cloth(rng)))
    elif carry < 0.36:  # suitcase
        parts.append(box((0.25, 0.4, 0.6), (-0.5, -0.25, 0.35), cloth(rng)))
        parts.append(tube((-0.45, -0.25, 0.65), (-0.1, -0.25, 0.88), 0.015, 0.3, sides=4))
    elif carry < 0.39:  # umbrella
        parts.append(stack([(0, 0.5, 0.5), (0.12, 0.35, 0.35), (0.22, 0.05, 0.05)], cloth(rng), 10,
                           shift=(0.1, 0.1, 1.75), surface=CLOTH))  # fmt: skip
    elif carry < 0.42 and not child:  # somebody small on the arm or the shoulders
        at = np.array([0.16, 0.1, 1.28]) if rng.uniform() < 0.7 else np.array([0.02, 0, 1.85])
        parts += [ball(at, (0.13, 0.13, 0.26), cloth(rng)), ball(np.add(at, (0, 0, 0.3)), (0.085, 0.08, 0.1), skin)]
    across, up = _size(rng, child)
    mesh = merge(parts).placed(0, 0, 0, 0, (across, across, up))
    return merge([mesh, *_pram(rng)]) if pram else mesh


def _pram(rng: np.random.Generator) -> list[Mesh]:
    colour = cloth(rng)
    parts = [box((0.7, 0.42, 0.28), (0.72, 0, 0.65), colour), box((0.35, 0.42, 0.33), (0.62, 0, 0.9), colour)]
    parts += [
        tube((x, y - 0.02, 0.13), (x, y + 0.02, 0.13), 0.13, 0.05, sides=8) for x in (0.5, 1.0) for y in (-0.24, 0.24)
    ]
    parts.append(tube((0.36, -0.2, 1.02), (0.36, 0.2, 1.02), 0.02, 0.1, sides=5))
    return parts


def sitter(rng: np.random.Generator) -> Mesh:
    """Somebody who sits on something 45 cm high; without the seat."""
    child = rng.uniform() < 0.1
    bulk = rng.uniform(0.9, 1.3)
    top, trousers, skin = cloth(rng), cloth(rng), rng.uniform(0.35, 0.6)
    lean = rng.uniform(-0.15, 0.4)
    hip = np.array([0.0, 0.0, 0.53])
    spine = np.array([np.sin(lean), 0.0, np.cos(lean)])
    parts: list[Mesh] = []
    feet = rng.uniform(0.2, 0.6)
    for side in (1, -1):
        start = np.add(hip, (0, side * 0.1, 0))
        foot = np.array([feet + rng.normal(0, 0.06), side * rng.uniform(0.05, 0.2), 0.09])
        knee = np.array([0.43, side * rng.uniform(0.08, 0.2), 0.53])
        parts += limb(start, knee, foot, (0.095 * bulk, 0.07, 0.045), trousers, trousers)
        parts.append(box((0.26, 0.09, 0.09), (foot[0] + 0.06, foot[1], 0.05), rng.uniform(0.05, 0.4)))
        shoulder = hip + spine * 0.5 + (0, side * 0.19 * bulk, 0)
        hand = np.array([rng.uniform(0.2, 0.45), side * rng.uniform(0.02, 0.22), rng.uniform(0.6, 0.95)])
        parts += limb(shoulder, joint(shoulder, hand, 0.3, 0.27, -1.0), hand, (0.055 * bulk, 0.045, 0.04), top, top)
    levels = [(-0.1, 0.15 * bulk, 0.19 * bulk), (0.1, 0.13 * bulk, 0.175 * bulk), (0.3, 0.125 * bulk, 0.18 * bulk),
              (0.46, 0.115 * bulk, 0.205 * bulk), (0.55, 0.07, 0.15 * bulk), (0.63, 0.05, 0.055)]  # fmt: skip
    parts.append(stack(levels, top, shift=hip, lean=lean, surface=CLOTH))
    parts += head(rng, hip + spine * 0.72 + (0.04, 0, 0), skin)
    across, up = _size(rng, child)
    return merge(parts).placed(0, 0, 0, 0, (across, across, max(up, 0.85)))
