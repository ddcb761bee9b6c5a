"""People on small wheels: wheelchairs and kick scooters, heading along +x, standing on z = 0."""

from __future__ import annotations

import numpy as np

from data.simulator.actors.limbs import cloth
from data.simulator.actors.pedestrians import pedestrian, sitter
from data.simulator.mesh import CLOTH, Mesh, box, merge, tube


def wheelchair(rng: np.random.Generator) -> Mesh:
    """Somebody in a wheelchair: 1.0 to 1.2 m long, 0.6 to 0.7 m wide (ISO 7176-5 allows 1.2 x 0.7), 1.2 to 1.5 m high.

    Driven by hand on wheels of 0.6 m, or by a motor on four small ones.
    """
    metal, seat = rng.uniform(0.1, 0.5), rng.uniform(0.03, 0.2)
    half = rng.uniform(0.28, 0.33)
    person = sitter(rng).placed(-0.12, 0, 0.05)
    parts = [person, box((0.45, 0.44, 0.06), (-0.08, 0, 0.49), seat, CLOTH)]
    parts.append(box((0.05, 0.44, 0.45), (-0.32, 0, 0.74), seat, CLOTH))
    motor = rng.uniform() < 0.3
    wheels = [(-0.3, 0.16), (0.35, 0.14)] if motor else [(-0.22, 0.3), (0.33, 0.09)]
    for side in (1, -1):
        for x, radius in wheels:
            at = side * (half if x < 0 else half - 0.08)
            parts.append(tube((x, at - 0.015, radius), (x, at + 0.015, radius), radius, 0.08, sides=12))
        parts.append(box((0.36, 0.05, 0.05), (-0.05, side * 0.25, 0.72), metal))
        parts.append(tube((0.2, side * 0.2, 0.5), (0.48, side * 0.15, 0.12), 0.02, metal, sides=5))
        parts.append(tube((-0.32, side * 0.2, 0.9), (-0.46, side * 0.2, 0.93), 0.02, metal, sides=5))
    parts.append(box((0.22, 0.36, 0.03), (0.5, 0, 0.1), metal))
    if motor:
        parts.append(box((0.6, 0.4, 0.25), (-0.05, 0, 0.27), rng.uniform(0.05, 0.4)))
    if rng.uniform() < 0.3:  # a bag hangs from the handles
        parts.append(box((0.16, 0.34, 0.36), (-0.43, 0, 0.66), cloth(rng), CLOTH))
    return merge(parts)


def scooter(rng: np.random.Generator) -> Mesh:
    """A kick scooter without its rider: 1.0 to 1.2 m long, its bar 1.0 to 1.2 m up."""
    bar, radius = rng.uniform(1.0, 1.2), rng.uniform(0.08, 0.13)
    metal, front, rear = rng.uniform(0.08, 0.4), rng.uniform(0.44, 0.52), -rng.uniform(0.42, 0.52)
    parts = [box((front - rear - 0.2, rng.uniform(0.13, 0.18), 0.07), ((front + rear) / 2, 0, radius + 0.04), metal)]
    parts += [tube((x, -0.03, radius), (x, 0.03, radius), radius, 0.08, sides=10) for x in (front, rear)]
    parts.append(tube((front, 0, radius), (front - 0.14, 0, bar), 0.025, metal, sides=6))
    parts.append(tube((front - 0.14, -0.24, bar), (front - 0.14, 0.24, bar), 0.018, 0.1, sides=5))
    return merge(parts)


def scooter_rider(rng: np.random.Generator) -> Mesh:
    """Somebody who stands on a kick scooter."""
    stands = pedestrian(rng, on_board=True)
    return merge([scooter(rng), stands.placed(float(rng.uniform(-0.15, 0.0)), 0, 0.16)])
