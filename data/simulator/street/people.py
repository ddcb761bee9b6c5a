"""People of a street, on foot, seated and on two wheels, and the two-wheelers parked there."""

from __future__ import annotations

import numpy as np

from data.simulator import props
from data.simulator.actors.templates import any_of
from data.simulator.street.plot import Plot, spots


def walk_people(plot: Plot) -> None:
    """Pedestrians alone and in groups: on the pavement, crossing, beside parked cars, in front of houses and walls."""
    rng = plot.rng
    for _ in range(rng.poisson(_FAR_TOO * plot.kind.people * plot.crowd)):
        x = _somewhere(plot)
        zone, side = rng.uniform(), int(rng.choice((-1, 1)))
        if zone < 0.48:
            y = side * (plot.half + rng.uniform(0.3, max(0.8, plot.walk)))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.25)
        elif zone < 0.72:
            y, yaw = rng.uniform(-plot.half, plot.half), rng.choice((-np.pi / 2, np.pi / 2)) + rng.normal(0, 0.3)
        elif zone < 0.86:
            y = side * (plot.half - plot.strip[side] - rng.uniform(0.1, 1.2))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.5)
        else:
            nearest = plot.half + 0.3 if zone < 0.94 else plot.front[side] - 0.9  # the last ones lean at the wall
            y = side * rng.uniform(nearest, max(nearest + 0.1, plot.front[side] - 0.6))
            yaw = rng.uniform(0, 2 * np.pi)
        speed = float(rng.uniform(0.7, 1.7)) if rng.uniform() < 0.7 and zone < 0.86 else 0.0
        together = int(rng.choice((1, 2, 3, 4, 7), p=(0.55, 0.26, 0.09, 0.06, 0.04)))
        spread = (0.5 + 0.12 * together) * rng.uniform(0.6, 1.1)
        for _ in range(together):
            at = (x + rng.normal(0, spread), y + rng.normal(0, 0.6 * spread))
            if abs(at[1]) < plot.front[1 if y > 0 else -1] - 0.5 and plot.free(*at, 0.32):
                plot.take(*at, 0.22)
                # People who stand together face one another.
                turn = rng.normal(0, 0.15) if speed else rng.uniform(0, 2 * np.pi) * (together > 1)
                plot.move(any_of(rng, plot.templates.pedestrians), *at, yaw + turn, speed)


def ride_bicycles(plot: Plot) -> None:
    """Cyclists along the kerb, in the lane, on the pavement, crossing, waiting across; sometimes two."""
    rng = plot.rng
    for _ in range(rng.poisson(_FAR_TOO * plot.kind.cyclists * plot.crowd)):
        x = _somewhere(plot)
        zone, side = rng.uniform(), int(rng.choice((-1, 1), p=(0.6, 0.4)))
        speed = float(rng.uniform(2, 7)) if rng.uniform() < 0.85 else 0.0
        if zone < 0.5:
            # Most keep to the kerb; the others ride where cars do, seen from behind or from ahead.
            y = side * max(0.4, plot.half - plot.strip[side] - rng.uniform(0.3, 1.1 if zone < 0.35 else plot.lane))
            yaw = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.08) + np.pi * (rng.uniform() < 0.1)
        elif zone < 0.66:
            y = side * (plot.half + rng.uniform(0.5, max(0.8, plot.walk - 0.3)))
            yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.06)
        else:
            y, yaw, speed = rng.uniform(-plot.half, plot.half), rng.uniform(0, 2 * np.pi), min(speed, 1.0)
        for number in range(2 if rng.uniform() < 0.15 else 1):
            behind, aside = number * rng.uniform(0.5, 3.0), number * rng.choice((-1, 1)) * rng.uniform(0.7, 1.2)
            at = (x - behind * np.cos(yaw), y + aside)
            if plot.free(*at, 0.6):
                plot.take(*at, 0.6)
                plot.move(any_of(rng, plot.templates.cyclists), *at, yaw, speed)


def push_bicycles(plot: Plot) -> None:
    """People who push or hold a bicycle: pedestrians in KITTI's eyes, the bicycle beside them is nobody."""
    rng = plot.rng
    for _ in range(rng.poisson(1.0 * plot.crowd)):
        x, y, yaw = _by_the_kerb(plot, into_road=1.0, spread=0.4)
        if plot.free(x, y, 1.0):
            plot.take(x, y, 0.9)
            plot.move(any_of(rng, plot.templates.pedestrians), x, y, yaw, 0.0)
            ahead, hand = rng.uniform(-0.1, 0.3), rng.choice((-1, 1)) * rng.uniform(0.38, 0.55)
            beside = x + ahead * np.cos(yaw) - hand * np.sin(yaw), y + ahead * np.sin(yaw) + hand * np.cos(yaw)
            plot.put(any_of(rng, plot.templates.two_wheelers), *beside, yaw)


def hide_people(plot: Plot) -> None:
    """People behind parked cars, from where the ego car drives: a head and shoulders above the roof, legs under it."""
    rng = plot.rng
    cars = [car for car in plot.parked if -25 < car.x < plot.way + 45]
    for _ in range(rng.poisson(3.0 * plot.crowd) if cars else 0):
        car = cars[rng.integers(len(cars))]
        along, across = abs(np.cos(car.yaw)), abs(np.sin(car.yaw))
        length, width, _ = car.template.size
        reach = (along * width + across * length) / 2
        x = car.x + rng.uniform(-0.55, 0.55) * (along * length + across * width)
        y = car.y + (1 if car.y > plot.ego_y else -1) * (reach + rng.uniform(0.4, 1.0))
        if abs(y) < plot.front[1 if y > 0 else -1] - 0.4 and plot.free(x, y, 0.25):
            plot.take(x, y, 0.22)
            speed = float(rng.choice((0.0, rng.uniform(0.5, 1.5))))
            plot.move(any_of(rng, plot.templates.pedestrians), x, y, rng.choice((0, np.pi)) + rng.normal(0, 0.4), speed)


def roll_people(plot: Plot) -> None:
    """People in wheelchairs, some of them pushed, and on kick scooters, on the pavement and along the kerb."""
    rng = plot.rng
    for _ in range(rng.poisson(0.5 * plot.crowd)):
        x, y, yaw = _by_the_kerb(plot, into_road=0.4, spread=0.3)
        if not plot.free(x, y, 0.9):
            continue
        plot.take(x, y, 0.8)
        if rng.uniform() < 0.45:
            plot.move(any_of(rng, plot.templates.scooters), x, y, yaw, float(rng.uniform(0, 5)))
            continue
        speed = float(rng.choice((0.0, rng.uniform(0.6, 1.4))))
        plot.move(any_of(rng, plot.templates.wheelchairs), x, y, yaw, speed)
        if rng.uniform() < 0.4:
            behind = x - 0.8 * np.cos(yaw), y - 0.8 * np.sin(yaw)
            plot.move(any_of(rng, plot.templates.pedestrians), *behind, yaw, speed)


def park_bicycles(plot: Plot) -> None:
    """Two-wheelers without riders: in racks, at walls and poles, on the pavement; some have people beside them."""
    rng = plot.rng
    for side in (-1, 1):
        for x in spots(rng, plot.start + 30, plot.stop - 30, rng.uniform(0.5, 4)):
            rack = rng.uniform() < 0.5
            at_wall = rng.uniform() < 0.5
            y = side * (plot.front[side] - 0.5 if at_wall else plot.half + rng.uniform(0.4, max(0.5, plot.walk)))
            across = rack and not at_wall
            turn = np.pi / 2 if across else rng.choice((0.0, np.pi)) + rng.normal(0, 0.1)
            pitch = rng.uniform(0.5, 0.75) if across else rng.uniform(1.8, 2.2)
            for number in range(int(rng.integers(2, 9)) if rack else 1):
                spot = x + number * pitch
                if not plot.junction(spot) and plot.free(spot, y, 0.24):
                    plot.put(any_of(rng, plot.templates.two_wheelers), spot, y, turn + rng.normal(0, 0.08))
                    plot.take(spot, y, 0.24)
            beside = (x + rng.normal(0, 0.5), y - side * rng.uniform(0.5, 0.9))
            if rng.uniform() < 0.25 * plot.crowd and plot.free(*beside, 0.2):
                plot.take(*beside, 0.2)
                plot.move(any_of(rng, plot.templates.pedestrians), *beside, rng.uniform(0, 2 * np.pi), 0.0)


def seat_people(plot: Plot) -> None:
    """Benches and cafe tables with people sitting at them."""
    rng = plot.rng
    for side in (-1, 1):
        for x in spots(rng, plot.start + 40, plot.stop - 40, 1.5 * plot.crowd):
            y = side * (plot.half + rng.uniform(0.8, max(0.9, plot.walk)))
            if plot.junction(x, 1.0) or not plot.free(x, y, 1.2):
                continue
            plot.take(x, y, 1.1)
            facing = rng.choice((0.5, -0.5)) * np.pi + rng.normal(0, 0.3)
            if rng.uniform() < 0.6:
                _fill_bench(plot, x, y, facing)
            else:
                _fill_table(plot, x, y, facing)


def _fill_bench(plot: Plot, x: float, y: float, facing: float) -> None:
    rng = plot.rng
    plot.put(any_of(rng, props.stock()["bench"]), x, y, facing)
    for aside in (-0.4, 0.3):
        if rng.uniform() < 0.65:
            at = x - aside * np.sin(facing), y + aside * np.cos(facing)
            plot.move(any_of(rng, plot.templates.sitters), *at, facing + rng.normal(0, 0.1), 0.0)


def _fill_table(plot: Plot, x: float, y: float, facing: float) -> None:
    rng = plot.rng
    plot.put(any_of(rng, props.stock()["table"]), x, y, facing)
    for number in range(4):
        around = facing + number * np.pi / 2
        at = x - 0.75 * np.cos(around), y - 0.75 * np.sin(around)
        if rng.uniform() < 0.7:
            plot.put(any_of(rng, props.stock()["chair"]), *at, around)
            if rng.uniform() < 0.6:
                plot.move(any_of(rng, plot.templates.sitters), *at, around, 0.0)


_FAR_TOO = 1.4
"""How many times the kind's number of people there are, now that a third of them are far from the ego car's way."""


def _by_the_kerb(plot: Plot, *, into_road: float, spread: float) -> tuple[float, float, float]:
    """x, y and yaw of somebody on either pavement, or up to so many metres into the road, who goes along it.

    spread: radians, the deviation from its direction.
    """
    rng = plot.rng
    side = int(rng.choice((-1, 1)))
    x, y = _somewhere(plot), side * (plot.half + rng.uniform(-into_road, max(0.8, plot.walk)))
    return x, y, rng.choice((0, np.pi)) + rng.normal(0, spread)


def _somewhere(plot: Plot) -> float:
    """A place along the street, more often near the ego car's way than not, one in three 30 to 60 m from it."""
    rng, share = plot.rng, plot.rng.uniform()
    if share < 0.3:
        return float(rng.uniform(-15, plot.way + 18))
    if share < 0.7:
        return float(rng.uniform(-30, plot.way + 38))
    return float(rng.choice((-rng.uniform(25, 55), plot.way + rng.uniform(25, 62)), p=(0.4, 0.6)))
