"""Who uses a street: parked and moving cars, pedestrians, cyclists."""

from __future__ import annotations

import numpy as np

from data.simulator.plot import Plot, spots


def park_cars(plot: Plot) -> None:
    """Rows of parked cars along the kerbs, and some in front of houses."""
    rng, kind = plot.rng, plot.kind
    for side in (-1, 1):
        strip, across = plot.strip[side], plot.across[side]
        fill = np.clip(kind.parking[0] * rng.uniform(0.5, 1.4), 0, 0.95) if strip else 0.0
        pitch = rng.uniform(2.4, 2.8) if across else rng.uniform(5.2, 6.2)
        tilt = rng.choice((np.pi / 2, np.pi / 2, 1.05, 0.8)) if across else 0.0
        for x in np.arange(plot.start + 10, plot.stop - 10, pitch):
            if rng.uniform() > fill or plot.junction(x, 3.0):
                continue
            template = plot.cast.vehicle(rng, 0.10, 0.0 if across else 0.015)
            edge = plot.half - (strip / 2 if across else 0.25 + template.size[1] / 2)
            on_kerb = rng.uniform(0, 0.6) if rng.uniform() < 0.1 else 0.0
            flip = np.pi * (rng.uniform() < (0.4 if across else 0.2))
            yaw = (0.0 if side < 0 else np.pi) + tilt + flip + rng.normal(0, 0.03)
            plot.park(template, x + rng.normal(0, 0.2), side * (edge + on_kerb + rng.normal(0, 0.08)), yaw)
        inner = plot.half + plot.walk + 1.3
        for x in spots(rng, plot.start, plot.stop, 2.0 if kind.name in ("residential", "lot", "country") else 0.5):
            template = plot.cast.vehicle(rng, 0.1, 0.0)
            ahead = rng.uniform() < 0.4  # along the street, else pointing at the house
            need = (template.size[1] if ahead else template.size[0]) / 2
            if plot.front[side] - need - 0.2 > inner + need:
                y = side * rng.uniform(inner + need, plot.front[side] - need - 0.2)
                turn = 0.0 if ahead else np.pi / 2
                plot.park(template, x, y, turn + rng.choice((0, np.pi)) + rng.normal(0, 0.1))


def drive_cars(plot: Plot) -> None:
    """Traffic: ahead, behind, oncoming, crossing."""
    rng, kind = plot.rng, plot.kind
    for direction in (1, -1):
        for lane in range(kind.lanes):
            y = -direction * (lane + 0.5) * plot.lane
            speed = plot.speed if direction > 0 else float(rng.uniform(*kind.speed))
            for x in spots(rng, plot.start, plot.stop, kind.traffic * rng.uniform(0.3, 2.2)):
                template = plot.cast.vehicle(rng)
                gap = max(8.0, template.size[0] + 4.0)
                apart = all(abs(x - a.x) > gap or abs(y - a.y) > 2 for a in plot.moving)
                if apart and (abs(x) > gap or abs(y - plot.ego_y) > 2):
                    yaw = (0.0 if direction > 0 else np.pi) + rng.normal(0, 0.03)
                    plot.move(template, x, y + rng.normal(0, 0.15), yaw, speed)
    if plot.ground.side is None:
        return
    middle, half = plot.ground.side
    for direction in (1, -1):
        for y in direction * -rng.uniform(plot.half + 2, 45, rng.poisson(1.3)):
            speed = 0.0 if abs(y) < plot.half + 8 else float(rng.uniform(0, 6))
            x = middle + direction * half / 2
            if all(np.hypot(x - a.x, y - a.y) > 8 for a in plot.moving):
                plot.move(plot.cast.vehicle(rng), x, y, direction * np.pi / 2 + rng.normal(0, 0.1), speed)
    x, y = middle + rng.uniform(-3, 3), rng.uniform(-plot.half, plot.half)
    if rng.uniform() < 0.5 and x > plot.way + 6 and all(np.hypot(x - a.x, y - a.y) > 7 for a in plot.moving):
        plot.move(plot.cast.vehicle(rng), x, y, rng.uniform(0, 2 * np.pi), 1.0)  # somebody turns


def walk_people(plot: Plot) -> None:
    """Pedestrians alone and in groups: on the pavement, crossing, beside parked cars, in front of houses."""
    rng = plot.rng
    for _ in range(rng.poisson(plot.kind.people) + 1):
        x = _somewhere(plot)
        zone, side = rng.uniform(), rng.choice((-1, 1))
        if zone < 0.48:
            y = side * (plot.half + rng.uniform(0.3, max(0.8, plot.walk)))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.25)
        elif zone < 0.75:
            y, yaw = rng.uniform(-plot.half, plot.half), rng.choice((-np.pi / 2, np.pi / 2)) + rng.normal(0, 0.3)
        elif zone < 0.87:
            y = side * (plot.half - plot.strip[int(side)] - rng.uniform(0.1, 1.2))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.5)
        else:
            y = side * rng.uniform(plot.half + 0.3, max(plot.half + 0.4, plot.front[int(side)] - 0.6))
            yaw = rng.uniform(0, 2 * np.pi)
        speed = float(rng.uniform(0.7, 1.7)) if rng.uniform() < 0.7 and zone < 0.87 else 0.0
        for _ in range(int(rng.choice((1, 2, 3, 4), p=(0.6, 0.26, 0.09, 0.05)))):
            at = (x + rng.normal(0, 0.7), y + rng.normal(0, 0.4))
            if abs(at[1]) < plot.front[1 if y > 0 else -1] - 0.5 and plot.free(*at, 0.35):
                plot.taken.append((*at, 0.25))
                template = plot.cast.pedestrians[rng.integers(len(plot.cast.pedestrians))]
                plot.move(template, *at, yaw + rng.normal(0, 0.15), speed)


def ride_bicycles(plot: Plot) -> None:
    """Cyclists along the kerb, on the pavement, crossing."""
    rng = plot.rng
    for _ in range(rng.poisson(plot.kind.cyclists) + 1):
        x = _somewhere(plot)
        zone, side = rng.uniform(), int(rng.choice((-1, 1), p=(0.6, 0.4)))
        speed = float(rng.uniform(2, 7)) if rng.uniform() < 0.85 else 0.0
        if zone < 0.62:
            y = side * (plot.half - plot.strip[side] - rng.uniform(0.3, 1.1))
            yaw = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.06) + np.pi * (rng.uniform() < 0.1)
        elif zone < 0.78:
            y = side * (plot.half + rng.uniform(0.5, max(0.8, plot.walk - 0.3)))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.04)
        else:
            y, yaw, speed = rng.uniform(-plot.half, plot.half), rng.uniform(0, 2 * np.pi), min(speed, 1.0)
        if plot.free(x, y, 0.6):
            plot.taken.append((x, y, 0.6))
            template = plot.cast.cyclists[rng.integers(len(plot.cast.cyclists))]
            plot.move(template, x, y, yaw, speed)


def _somewhere(plot: Plot) -> float:
    """A place along the street, more often near the ego car's way than not."""
    if plot.rng.uniform() < 0.4:
        return float(plot.rng.uniform(-15, plot.way + 18))
    return float(plot.rng.uniform(-30, plot.way + 38))
