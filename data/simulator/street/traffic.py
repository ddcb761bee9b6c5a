"""Vehicles in a street, parked and moving."""

from __future__ import annotations

import numpy as np

from data.simulator.actors.templates import any_of
from data.simulator.street.plot import Plot, spots


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
            template = plot.templates.vehicle(rng, 0.13, 0.0 if across else 0.02)
            if rng.uniform() < 0.02:
                template = any_of(rng, plot.templates.trailers)
            edge = plot.half - (strip / 2 if across else 0.25 + template.size[1] / 2)
            on_kerb = rng.uniform(0, 0.6) if rng.uniform() < 0.1 else 0.0
            flip = np.pi * (rng.uniform() < (0.4 if across else 0.2))
            yaw = (0.0 if side < 0 else np.pi) + tilt + flip + rng.normal(0, 0.03)
            plot.park(template, x + rng.normal(0, 0.2), side * (edge + on_kerb + rng.normal(0, 0.08)), yaw)
        inner = plot.half + plot.walk + 1.3
        for x in spots(rng, plot.start, plot.stop, 2.0 if kind.name in ("residential", "lot", "country") else 0.5):
            template = plot.templates.vehicle(rng, 0.12, 0.0)
            if rng.uniform() < 0.12:
                template = any_of(rng, plot.templates.trailers)
            ahead = rng.uniform() < 0.4  # along the street, else pointing at the house
            need = (template.size[1] if ahead else template.size[0]) / 2
            if plot.front[side] - need - 0.2 > inner + need:
                y = side * rng.uniform(inner + need, plot.front[side] - need - 0.2)
                turn = 0.0 if ahead else np.pi / 2
                plot.park(template, x, y, turn + rng.choice((0, np.pi)) + rng.normal(0, 0.1))


def fill_lot(plot: Plot) -> None:
    """Rows of cars beyond the pavements of a parking lot, lanes between them."""
    rng = plot.rng
    if plot.kind.name != "lot":
        return
    for side in (-1, 1):
        for row, y in enumerate(np.arange(plot.half + plot.walk + 3.0, plot.front[side] - 3.0, 5.4)):
            if row % 3 == 1:
                continue
            fill = rng.uniform(0.3, 0.95)
            for x in np.arange(plot.start + 30, plot.stop - 30, rng.uniform(2.4, 2.8)):
                if rng.uniform() < fill and not plot.junction(x, 2.0):
                    yaw = rng.choice((-np.pi / 2, np.pi / 2)) + rng.normal(0, 0.03)
                    plot.park(plot.templates.vehicle(rng, 0.1, 0.0), x, side * (y + rng.normal(0, 0.1)), yaw)


def drive_cars(plot: Plot) -> None:
    """Traffic: ahead, behind, oncoming, crossing."""
    rng, kind = plot.rng, plot.kind
    for direction in (1, -1):
        for lane in range(kind.lanes):
            y = -direction * (lane + 0.5) * plot.lane
            speed = plot.speed if direction > 0 else float(rng.uniform(*kind.speed))
            for x in spots(rng, plot.start, plot.stop, kind.traffic * rng.uniform(0.3, 2.2)):
                template = plot.templates.vehicle(rng)
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
                plot.move(plot.templates.vehicle(rng), x, y, direction * np.pi / 2 + rng.normal(0, 0.1), speed)
    x, y = middle + rng.uniform(-3, 3), rng.uniform(-plot.half, plot.half)
    if rng.uniform() < 0.5 and x > plot.way + 6 and all(np.hypot(x - a.x, y - a.y) > 7 for a in plot.moving):
        plot.move(plot.templates.vehicle(rng), x, y, rng.uniform(0, 2 * np.pi), 1.0)  # somebody turns
