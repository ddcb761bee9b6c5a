"""Lookalikes placed in a street: what networks take for pedestrians and cars, where those are."""

from __future__ import annotations

import numpy as np

from data.simulator import props
from data.simulator.actors.templates import any_of
from data.simulator.props.uprights import UPRIGHTS
from data.simulator.street.plot import Plot, spots


def place_lookalikes(plot: Plot) -> None:
    """Person-sized things where people walk: single and in clusters, along the kerb, on the pavement, at the fronts."""
    rng, stock = plot.rng, props.stock()
    names = ("laden", "turned", "post", "boxes", "board", "shrub", "trunk", "bollard", "sign", "cabinet", "bin")
    shares = (0.15, 0.14, 0.14, 0.12, 0.07, 0.12, 0.09, 0.06, 0.05, 0.03, 0.03)
    for side in (-1, 1):
        for x in spots(rng, -35, plot.way + 45, plot.kind.clutter * rng.uniform(0.4, 1.8)):
            zone = rng.uniform()
            if zone < 0.4:
                y = plot.half + rng.uniform(0.25, 0.8)
            elif zone < 0.75:
                y = plot.half + rng.uniform(0.3, plot.walk + 0.6)
            else:
                y = max(plot.half + 0.3, plot.front[side] - rng.uniform(0.3, 1.0))
            for _ in range(int(rng.choice((1, 2, 3, 4), p=(0.65, 0.2, 0.1, 0.05)))):
                at = x + rng.normal(0, 0.6), side * y + rng.normal(0, 0.3)
                if not plot.junction(at[0]) and plot.free(*at, 0.3):
                    name = str(rng.choice(names, p=shares))
                    plot.put(any_of(rng, stock[name]), *at, rng.uniform(0, 6.3), rng.uniform(0.9, 1.1), 0.02)
                    plot.take(*at, 0.25)


def place_uprights(plot: Plot) -> None:
    """Thin things as high as a person, 8 to 28 m from the ego car's way, at kerbs, on islands, at fronts."""
    rng, stock = plot.rng, props.stock()
    names, shares = list(UPRIGHTS), np.array([share for _, share, _ in UPRIGHTS.values()])
    for side in (-1, 1):
        for x in spots(rng, -30, plot.way + 32, 0.5 * plot.kind.clutter * rng.uniform(0.3, 1.7)):
            zone = rng.uniform()
            if zone < 0.45:
                y = plot.half + rng.uniform(0.2, 0.7)
            elif zone < 0.75:
                y = plot.half + rng.uniform(0.3, plot.walk + 0.6)
            elif zone < 0.85:  # between the parked cars, or on an island
                y = plot.half - rng.uniform(0.3, 1.2)
            else:
                y = max(plot.half + 0.3, plot.front[side] - rng.uniform(0.3, 1.0))
            name = str(rng.choice(names, p=shares / shares.sum()))
            row = int(rng.integers(2, 6)) if rng.uniform() < 0.12 else 1
            pitch = rng.uniform(0.9, 2.5)
            for number in range(row):
                at = x + pitch * number, side * y
                if not plot.junction(at[0]) and plot.free(*at, 0.35):
                    yaw = rng.normal(0, 0.15) + rng.choice((0.0, np.pi / 2)) if row > 1 else rng.uniform(0, 6.3)
                    plot.put(any_of(rng, stock[name]), *at, yaw, rng.uniform(0.93, 1.07), 0.02)
                    plot.take(*at, 0.3)


def place_obstacles(plot: Plot) -> None:
    """Car-sized things where cars stand: skips, containers, walls, hedges, at the kerb and in front of houses."""
    rng, stock = plot.rng, props.stock()
    for side in (-1, 1):
        for x in spots(rng, plot.start + 20, plot.stop - 20, rng.uniform(1.0, 4.0)):
            names = ("skip", "container", "heap", "thicket", "patch", "clipped hedge")
            name = str(rng.choice(names, p=(0.11, 0.27, 0.1, 0.2, 0.22, 0.1)))
            outer = max(plot.half + 1.3, plot.front[side] - 1.5)
            at_kerb = rng.uniform() < 0.4 and plot.strip[side] > 0
            y = side * (plot.half - 1.1 if at_kerb else rng.uniform(plot.half + 1.2, outer + 0.1))
            if not plot.junction(x, 2.5) and all(plot.free(x + offset, y, 0.9) for offset in (-1.2, 0.0, 1.2)):
                plot.put(any_of(rng, stock[name]), x, y, rng.choice((0.0, np.pi)) + rng.normal(0, 0.08), 1.0, 0.05)
                for offset in (-1.2, 0.0, 1.2):
                    plot.take(x + offset, y, 0.9)
