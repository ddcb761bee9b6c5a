"""Surroundings of a street: houses and borders, trees, clutter."""

from __future__ import annotations

import numpy as np

from data.simulator import props
from data.simulator.actors.templates import any_of
from data.simulator.props.stock import houses_between
from data.simulator.street.plot import Plot, spots


def build_houses(plot: Plot) -> None:
    """House fronts on both sides, more houses and sheds behind them."""
    rng, kind = plot.rng, plot.kind
    for side in (-1, 1):
        facing = 0.0 if side > 0 else np.pi
        setback = plot.front[side] - plot.half - plot.walk
        x = plot.start + rng.uniform(0, 5)
        while x < plot.stop:
            house = any_of(rng, houses_between(*kind.houses[1:]))
            length = house.length
            middle = x + length / 2
            if rng.uniform() < kind.houses[0] and not plot.junction(middle, length / 2):
                y = side * (plot.front[side] + abs(rng.normal(0, 0.3 * setback)))
                turn = rng.normal(0, 0.03 if setback > 1 else 0.0) + (0.3 * rng.normal() if rng.uniform() < 0.08 else 0)
                plot.put(house.mesh, middle, y, facing + turn * (setback > 4), sink=0.3)
                x += rng.uniform(0, 1) if kind.name == "canyon" else rng.uniform(0, 6)
            elif rng.uniform() < 0.6 and not plot.junction(middle, 3.0):
                shed = any_of(rng, houses_between(2.0, 3.5)).mesh
                plot.put(shed, middle, side * (plot.front[side] + rng.uniform(1, 10)), facing, sink=0.3)
            x += length
        for x in spots(rng, plot.start, plot.stop, 3.0):
            if not plot.junction(x, 9.0):
                y = side * (plot.front[side] + rng.uniform(18, 38))
                turn = facing + rng.choice((0, np.pi / 2))
                plot.put(any_of(rng, houses_between(5.0, 12.0)).mesh, x, y, turn, sink=0.5)


def close_view(plot: Plot) -> None:
    """Close the view along most streets: houses or woods across the road, at the next junction or bend."""
    rng = plot.rng
    for end, inward in ((plot.start, 1), (plot.stop, -1)):
        if rng.uniform() < 0.2:
            continue
        x = end + inward * rng.uniform(0, 55)
        wooded = rng.uniform() < (0.9 if plot.kind.name == "country" else 0.35)
        for y in np.arange(-45, 45, 2.0 if wooded else 13.0):
            if wooded:
                tree = any_of(rng, props.stock()[str(rng.choice(("tree", "bush", "conifer")))])
                plot.put(tree, x + rng.normal(0, 4), y, rng.uniform(0, 6.3), rng.uniform(1.0, 1.8), 0.3)
            elif rng.uniform() < 0.85:
                house = any_of(rng, houses_between(5.0, 14.0))
                plot.put(house.mesh, x - inward * abs(rng.normal(0, 2)), y, inward * np.pi / 2, sink=1.0)


def end_at_wall(plot: Plot) -> None:
    """A low wall, hedge, fence or rail across the end of some streets, 30 to 62 m away, open where somebody drives."""
    rng = plot.rng
    if rng.uniform() < 0.65:
        return
    ahead = rng.uniform() < 0.7
    x = plot.way + rng.uniform(32, 62) if ahead else -rng.uniform(30, 58)
    name = str(rng.choice(("hedge", "fence", "wall", "wall", "rail")))
    turn, scale = rng.normal(0, 0.25), rng.uniform(0.8, 1.2)
    bow, gap = rng.normal(0, 0.004), rng.uniform(0.0, 0.4)
    for aside in np.arange(-32.0, 33.0, 4.0 * scale):
        at = x + np.tan(turn) * aside + bow * aside**2, aside
        if abs(aside) < 26 and rng.uniform() > gap and _clear_across(plot, *at):
            yaw = np.pi / 2 - np.arctan(np.tan(turn) + 2 * bow * aside)
            plot.put(any_of(rng, props.barriers()[name]), *at, yaw, scale, 0.1)
            plot.take(*at, 1.6)


def _clear_across(plot: Plot, x: float, y: float) -> bool:
    """True if nothing stands where a barrier of four metres goes across the street, and nobody drives there."""
    used = any(abs(actor.y - y) < 3.2 for actor in plot.moving if actor.speed > 0)
    return not used and all(plot.free(x, y + offset, 0.45) for offset in _ALONG)


def draw_borders(plot: Plot) -> None:
    """Hedges, fences and walls between the pavement and the houses."""
    rng = plot.rng
    for side in (-1, 1):
        if plot.front[side] - plot.half - plot.walk < 1.2:
            continue
        y = side * (plot.half + plot.walk + 0.4)
        name = "hedge"
        for x in np.arange(plot.start, plot.stop, 4.0):
            if name == "hedge" or rng.uniform() < 0.2:
                name = str(rng.choice(("hedge", "fence", "wall")))
            if rng.uniform() < plot.kind.border and not plot.junction(x + 2, 2.0) and _clear(plot, x + 2, y):
                plot.put(any_of(rng, props.barriers()[name]), x + 2, y, 0.0, sink=0.1)
                _fill(plot, x + 2, y)
    if rng.uniform() < 0.4:  # a wall, rail, fence or hedge close to the lane, with hardly any pavement before it
        name, side = str(rng.choice(("hedge", "fence", "wall", "wall", "rail", "rail"))), rng.choice((-1, 1))
        first, y = rng.uniform(-15, plot.way + 20), side * (plot.half + rng.uniform(0.0, 1.2))
        for x in first + 4.0 * np.arange(rng.integers(1, 9)):
            if not plot.junction(x, 2.0) and _clear(plot, x, y):
                plot.put(any_of(rng, props.barriers()[name]), x, y, 0.0, rng.uniform(0.95, 1.2), 0.1)
                _fill(plot, x, y)


_ALONG = (-1.6, -0.8, 0.0, 0.8, 1.6)


def _clear(plot: Plot, x: float, y: float) -> bool:
    """True if the place of a barrier of four metres is free."""
    return all(plot.free(x + offset, y, 0.45) for offset in _ALONG)


def _fill(plot: Plot, x: float, y: float) -> None:
    for offset in _ALONG:
        plot.take(x + offset, y, 0.4)


def plant(plot: Plot) -> None:
    """Trees and bushes along the kerb and behind it, thickets, woods in the distance."""
    rng, stock = plot.rng, props.stock()
    for side in (-1, 1):
        behind = plot.half + plot.walk + 0.8
        for x in spots(rng, plot.start, plot.stop, plot.kind.green * rng.uniform(0.4, 2.2)):
            name = str(rng.choice(("tree", "bush", "conifer"), p=(0.55, 0.33, 0.12)))
            at_kerb = name == "tree" and rng.uniform() < 0.5
            y = side * (plot.half + 0.6 if at_kerb else rng.uniform(behind, max(behind + 2, plot.front[side])))
            if not plot.junction(x, 1.0) and plot.free(x, y, 0.5 if name == "tree" else 1.3):
                plot.put(any_of(rng, stock[name]), x, y, rng.uniform(0, 6.3), rng.uniform(0.8, 1.25), 0.1)
                plot.take(x, y, 0.4)
        if plot.front[side] > behind + 2 and rng.uniform() < 0.65:
            first, last = np.sort(rng.uniform(plot.start, plot.stop, 2))
            line = rng.uniform(behind + 0.8, plot.front[side])
            for x in np.arange(first, last, 1.3):
                if not plot.junction(x, 1.0) and plot.free(x, side * line, 1.6):
                    name = "bush" if rng.uniform() < 0.8 else "tree"
                    y = side * (line + rng.normal(0, 0.3))
                    plot.put(any_of(rng, stock[name]), x, y, rng.uniform(0, 6.3), rng.uniform(0.9, 1.9), 0.2)
        for x in spots(rng, plot.start, plot.stop, 20):
            name = "tree" if rng.uniform() < 0.8 else "conifer"
            y = side * rng.uniform(plot.front[side] + 10, max(plot.front[side] + 15, 65))
            plot.put(any_of(rng, stock[name]), x, y, rng.uniform(0, 6.3), rng.uniform(1, 1.5), 0.5)


def clutter(plot: Plot) -> None:
    """Poles, signs, bins, bollards, cabinets, benches."""
    rng, stock = plot.rng, props.stock()
    names = ("pole", "sign", "bollard", "bin", "cabinet", "bench", "shelter", "rubble")
    shares = (0.25, 0.21, 0.17, 0.11, 0.15, 0.04, 0.02, 0.05)
    for side in (-1, 1):
        for x in spots(rng, plot.start, plot.stop, plot.kind.clutter * rng.uniform(0.5, 2)):
            name = str(rng.choice(names, p=shares))
            near_kerb = name in ("pole", "sign", "bollard") or rng.uniform() < 0.3
            y = side * (plot.half + (rng.uniform(0.3, 0.8) if near_kerb else rng.uniform(0.3, plot.walk + 0.3)))
            repeat = int(rng.integers(2, 7)) if name == "bollard" and rng.uniform() < 0.4 else 1
            for i in range(repeat):
                spot = x + i * 1.6
                if not plot.junction(spot) and plot.free(spot, y, 0.35):
                    yaw = rng.uniform(0, 6.3) if repeat == 1 else np.pi / 2 + rng.normal(0, 0.1)
                    plot.put(any_of(rng, stock[name]), spot, y, yaw)
                    plot.take(spot, y, 0.3)
