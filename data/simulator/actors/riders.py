"""Bicycles and motorbikes, with and without riders: heading along +x, standing on z = 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulator.actors.limbs import Vector3, cloth, head, joint, limb
from data.simulator.mesh import CLOTH, GLASS, PAINT, RETRO, Mesh, ball, box, merge, stack, tube


@dataclass(frozen=True)
class Build:
    """A kind of bicycle: its handlebar (ahead, up, to either side), how far its rider leans forward
    (ranges, radians), how thick its tyres are, and the chances of mudguards and of luggage.
    """

    bar: tuple[float, float, float]
    lean: tuple[float, float]
    tyre: float
    guards: float
    luggage: float


BUILDS = {
    "city": Build((0.22, 1.10, 0.28), (0.0, 0.25), 0.025, 0.9, 0.6),
    "touring": Build((0.34, 1.03, 0.28), (0.2, 0.5), 0.024, 0.7, 0.4),
    "mountain": Build((0.38, 1.01, 0.33), (0.35, 0.65), 0.034, 0.2, 0.1),
    "racing": Build((0.46, 0.90, 0.20), (0.65, 1.0), 0.016, 0.0, 0.05),
}
_SHARES = (0.4, 0.3, 0.18, 0.12)
_RADIUS, _REAR, _FRONT = 0.34, -0.52, 0.53
_CRANK = np.array([-0.05, 0.0, 0.29])


def _build(rng: np.random.Generator) -> Build:
    return BUILDS[str(rng.choice(list(BUILDS), p=_SHARES))]


def _wheel(rng: np.random.Generator, x: float, radius: float, tyre: float, guard: bool) -> list[Mesh]:
    angle = np.linspace(0, 2 * np.pi, 15)
    rim = np.stack([x + radius * np.cos(angle), np.zeros(15), radius + radius * np.sin(angle)], -1)
    rim[:, 0] = x + (rim[:, 0] - x) * (radius - tyre) / radius
    rim[:, 2] = radius + (rim[:, 2] - radius) * (radius - tyre) / radius
    albedo = rng.uniform(0.08, 0.4)
    parts = [tube(rim[i], rim[i + 1], tyre, albedo, sides=4) for i in range(14)]
    parts += [tube((x, 0, radius), rim[i], 0.007, 0.4, sides=3) for i in range(0, 14, 2)]
    parts.append(tube((x, -0.05, radius), (x, 0.05, radius), 0.03, 0.2, sides=5))
    if guard:
        arc = np.linspace(0.5, np.pi * 0.95, 6) if x < 0 else np.linspace(0.9, np.pi * 0.9, 6)
        bow = np.stack([x + 1.08 * radius * np.cos(arc), np.zeros(6), radius + 1.08 * radius * np.sin(arc)], -1)
        parts += [tube(bow[i], bow[i + 1], 0.03, 0.2, sides=4) for i in range(5)]
    if rng.uniform() < 0.4:  # reflectors on the spokes
        parts += [box((0.07, 0.03, 0.03), (x, 0, radius + side * 0.2), 0.9, RETRO) for side in (1, -1)]
    return parts


def _frame(rng: np.random.Generator, build: Build) -> list[Mesh]:
    metal = rng.uniform(0.15, 0.6)
    bar_x, bar_z, bar_y = build.bar
    saddle, top, fork = np.array([-0.22, 0, 0.9]), np.array([0.36, 0, 0.85]), np.array([_FRONT, 0, _RADIUS])
    hub = np.array([_REAR, 0, _RADIUS])
    # Many city bicycles have a low frame to step through.
    low = build.bar[1] > 1.05 and rng.uniform() < 0.6
    bars = [(_CRANK, saddle), (_CRANK, top), (hub, _CRANK), (hub, saddle), (top, fork)]
    bars.append((_CRANK * 0.6 + saddle * 0.4, top - (0.03, 0, 0.12)) if low else (saddle, top))
    parts = [tube(a, b, 0.02, metal, sides=5) for a, b in bars]
    parts.append(tube(top, (bar_x, 0, bar_z), 0.017, metal, sides=5))
    parts += [tube((bar_x, 0, bar_z), (bar_x - 0.06, side * bar_y, bar_z), 0.018, 0.1, sides=5) for side in (1, -1)]
    parts.append(box((0.26, 0.15, 0.06), (-0.24, 0, 0.94), 0.05))
    for side in (1, -1):
        parts.append(box((0.1, 0.09, 0.03), np.add(_CRANK, (side * 0.17, side * 0.12, 0)), 0.1))
    return parts


def _luggage(rng: np.random.Generator) -> list[Mesh]:
    """Luggage on the rack, beside the rear wheel, or in a basket in front."""
    parts = [box((0.38, 0.14, 0.03), (-0.55, 0, 0.76), 0.15)]
    share = rng.uniform()
    if share < 0.35:
        sides = (1, -1) if rng.uniform() < 0.5 else (1,)
        parts += [box((0.32, 0.15, 0.36), (-0.57, side * 0.16, 0.56), cloth(rng)) for side in sides]
    elif share < 0.55:
        parts.append(box((0.36, 0.28, 0.25), (-0.57, 0, 0.9), cloth(rng)))
    elif share < 0.8:
        parts.append(box((0.3, 0.36, 0.24), (0.55, 0, 0.93), cloth(rng)))
    return parts


def bicycle(rng: np.random.Generator, build: Build | None = None) -> Mesh:
    """A bicycle without its rider, of any kind or of `build`."""
    build = build or _build(rng)
    guard = rng.uniform() < build.guards
    parts = [part for x in (_REAR, _FRONT) for part in _wheel(rng, x, _RADIUS, build.tyre, guard)]
    parts += _frame(rng, build)
    if rng.uniform() < 0.65:
        parts.append(box((0.03, 0.06, 0.06), (-0.75 if guard else -0.4, 0, 0.68), 0.9, RETRO))
    if guard and rng.uniform() < 0.7:
        parts.append(box((0.08, 0.1, 0.1), (0.5, 0, 0.85), 0.6, RETRO))
    if rng.uniform() < build.luggage:
        parts += _luggage(rng)
    return merge(parts)


def _rider(rng: np.random.Generator, hip: Vector3, lean: float, feet: tuple[Vector3, Vector3],
           hands: tuple[Vector3, Vector3], bulk: float, helmet: float) -> list[Mesh]:  # fmt: skip
    """A rider who sits at `hip`, leaning forward, with feet and hands (left, right) at these points."""
    top, trousers, skin = cloth(rng), cloth(rng), rng.uniform(0.3, 0.6)
    spine = np.array([np.sin(lean), 0.0, np.cos(lean)])
    neck = hip + spine * 0.55
    parts: list[Mesh] = []
    for side, foot, hand in zip((1, -1), feet, hands, strict=True):
        start = np.add(hip, (0, side * 0.09, 0))
        knee = np.add(joint(start, foot, 0.44, 0.43, 1.0), (0, side * rng.uniform(0, 0.06), 0))
        parts += limb(start, knee, foot, (0.09 * bulk, 0.062, 0.045), trousers, trousers)
        parts.append(box((0.26, 0.09, 0.08), np.add(foot, (0.07, 0, -0.05)), rng.uniform(0.05, 0.4)))
        shoulder = neck + spine * -0.08 + (0, side * 0.19 * bulk, 0)
        elbow = np.add(joint(shoulder, hand, 0.3, 0.28, -1.0), (0, side * rng.uniform(0, 0.08), 0))
        parts += limb(shoulder, elbow, hand, (0.055 * bulk, 0.045, 0.035), top, top)
    levels = [(-0.10, 0.14 * bulk, 0.18 * bulk), (0.1, 0.125 * bulk, 0.17 * bulk), (0.3, 0.13 * bulk, 0.185 * bulk),
              (0.44, 0.12 * bulk, 0.205 * bulk), (0.53, 0.07, 0.15 * bulk), (0.60, 0.055, 0.06)]  # fmt: skip
    parts.append(stack(levels, top, shift=hip, lean=lean, surface=CLOTH))
    parts += head(rng, neck + spine * 0.11 + (0.05, 0, 0.09), skin, helmet)
    if rng.uniform() < 0.25:  # rucksack
        back = hip + spine * 0.33 + (-0.2 * np.cos(lean), 0, 0.2 * np.sin(lean))
        parts.append(stack([(-0.22, 0.08, 0.14), (0, 0.11, 0.16), (0.22, 0.08, 0.13)], cloth(rng), 8, shift=back,
                           lean=lean, surface=CLOTH))  # fmt: skip
    if rng.uniform() < 0.12:  # a coat hangs down
        parts.append(box((0.22, 0.36, 0.4), np.add(hip, (-0.1, 0, -0.22)), top, CLOTH))
    return parts


def cyclist(rng: np.random.Generator) -> Mesh:
    """A bicycle and its rider: upright or low, legs at any turn, or one foot down, some with a child."""
    build = _build(rng)
    bar_x, bar_z, bar_y = build.bar
    lean = rng.uniform(*build.lean)
    hip = np.array([-0.20, 0.0, rng.uniform(0.98, 1.05)])
    turn = rng.uniform(0, 2 * np.pi)
    if rng.uniform() < 0.06:  # out of the saddle
        hip, lean = np.add(hip, (0.15, 0, 0.1)), max(lean, 0.35)
    feet = [
        np.add(_CRANK, (0.17 * np.cos(turn) * side - 0.03, side * 0.13, 0.17 * np.sin(turn) * side + 0.09))
        for side in (1, -1)
    ]
    if rng.uniform() < 0.1:
        down = int(rng.integers(2))
        feet[down] = np.array([0.05, (1 - 2 * down) * 0.28, 0.09])
    left, right = (np.array([bar_x - 0.06, side * (bar_y - 0.04), bar_z + 0.03]) for side in (1, -1))
    parts = [
        bicycle(rng, build),
        *_rider(rng, hip, lean, (feet[0], feet[1]), (left, right), rng.uniform(0.9, 1.25), 0.3),
    ]
    if build.bar[1] > 1.0 and rng.uniform() < 0.1:  # a child on its seat
        at = np.array([-0.58, 0.0, 0.98]) if rng.uniform() < 0.8 else np.array([0.12, 0.0, 1.1])
        parts += [box((0.25, 0.3, 0.35), at, cloth(rng)), ball(np.add(at, (0, 0, 0.2)), (0.12, 0.14, 0.2), cloth(rng))]
        parts.append(ball(np.add(at, (0.02, 0, 0.45)), (0.1, 0.09, 0.11), rng.uniform(0.2, 0.7)))
    scale = rng.uniform(0.94, 1.06) if rng.uniform() < 0.9 else rng.uniform(0.75, 0.88)
    return merge(parts).placed(0, 0, 0, 0, (scale, 1.0, scale))


def astride(rng: np.random.Generator) -> Mesh:
    """Somebody who stands over the bar of a bicycle with both feet on the ground, as people wait at a crossing."""
    build = _build(rng)
    bar_x, bar_z, bar_y = build.bar
    hip = np.array([rng.uniform(-0.02, 0.1), 0.0, rng.uniform(0.9, 0.98)])
    left_foot, right_foot = (
        np.array([hip[0] + rng.uniform(-0.2, 0.15), side * rng.uniform(0.16, 0.28), 0.09]) for side in (1, -1)
    )
    left, right = (np.array([bar_x - 0.06, side * (bar_y - 0.04), bar_z + 0.03]) for side in (1, -1))
    if rng.uniform() < 0.4:  # one hand free
        left = np.add(hip, (rng.uniform(0.0, 0.25), 0.3, rng.uniform(-0.05, 0.4)))
    rider = _rider(
        rng, hip, rng.uniform(-0.05, 0.25), (left_foot, right_foot), (left, right), rng.uniform(0.9, 1.25), 0.3
    )
    return merge([bicycle(rng, build), *rider])


def motorbike(rng: np.random.Generator, scooter: bool | None = None) -> Mesh:
    """A motorbike, or a scooter with its shield in front of the legs, without a rider."""
    scooter = rng.uniform() < 0.5 if scooter is None else scooter
    radius, tyre = (rng.uniform(0.2, 0.25), 0.06) if scooter else (rng.uniform(0.29, 0.33), 0.07)
    front, rear = (0.62, -0.6) if scooter else (0.72, -0.68)
    colour = rng.uniform(0.03, 0.6)
    parts = [part for x in (rear, front) for part in _wheel(rng, x, radius, tyre, True)]
    parts += [tube((x, -0.06, radius), (x, 0.06, radius), radius * 0.6, 0.15, sides=8) for x in (rear, front)]
    bar_x = 0.40
    parts += [tube((front, side * 0.08, radius), (bar_x, side * 0.06, 1.0), 0.03, 0.3, sides=5) for side in (1, -1)]
    parts += [tube((bar_x, 0, 1.02), (bar_x - 0.08, side * 0.36, 1.03), 0.022, 0.1, sides=5) for side in (1, -1)]
    parts.append(ball((bar_x + 0.1, 0, 0.92), (0.1, 0.12, 0.12), 0.7, RETRO))
    if scooter:
        parts.append(box((0.08, 0.42, 0.6), (0.38, 0, 0.62), colour, PAINT))
        parts.append(box((0.5, 0.36, 0.1), (0.1, 0, 0.3), colour, PAINT))
        parts.append(stack([(0.3, 0.32, 0.16), (0.55, 0.38, 0.2), (0.74, 0.36, 0.17)], colour, 8, shift=(-0.42, 0, 0),
                           surface=PAINT))  # fmt: skip
    else:
        parts.append(box((0.5, 0.34, 0.38), (0.02, 0, 0.48), 0.2))
        parts.append(ball((0.15, 0, 0.82), (0.28, 0.16, 0.15), colour, PAINT))
        parts.append(box((0.2, 0.12, 0.1), (-0.75, 0, 0.72), 0.2))
        parts += [tube((-0.1, side * 0.18, 0.4), (-0.75, side * 0.2, 0.45), 0.05, 0.4, sides=6) for side in (1, -1)]
    parts.append(box((0.62, 0.26, 0.1), (-0.35, 0, 0.79), 0.04))
    parts.append(box((0.02, 0.2, 0.18), (rear - 0.18, 0, 0.6), 0.9, RETRO))
    if rng.uniform() < 0.4:
        parts.append(box((0.03, 0.4, 0.45), (bar_x + 0.1, 0, 1.2), 0.05, GLASS))
    if rng.uniform() < 0.35:
        parts.append(box((0.36, 0.4, 0.32), (-0.68, 0, 1.0), cloth(rng)))
    return merge(parts)


def motorcyclist(rng: np.random.Generator) -> Mesh:
    """A motorbike or scooter with a rider, some with a passenger."""
    scooter = bool(rng.uniform() < 0.5)
    lean = rng.uniform(-0.05, 0.2) if scooter else rng.uniform(0.05, 0.55)
    hip = np.array([-0.22, 0.0, 0.93])
    ahead = 0.22 if scooter else -0.05
    left, right = (np.array([0.33, side * 0.33, 1.06]) for side in (1, -1))
    on_left, on_right = (np.array([ahead, side * 0.2, 0.45 if scooter else 0.4]) for side in (1, -1))
    parts = [motorbike(rng, scooter), *_rider(rng, hip, lean, (on_left, on_right), (left, right), 1.15, 0.95)]
    if rng.uniform() < 0.1:
        behind = np.array([-0.4, 0.0, 0.05])
        low, high = (hip + behind + (0.45, side * 0.16, 0.35) for side in (1, -1))
        parts += _rider(
            rng, hip + behind, lean, (on_left - (0.25, 0, 0), on_right - (0.25, 0, 0)), (low, high), 1.1, 0.9
        )
    return merge(parts)
