"""Plot of a frontier: accuracy against latency, against bytes and against energy, with the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from apps.frontier.labels import Box, place
from data.atomic import atomic_write
from squeezeseg.frontier.records import Record
from squeezeseg.frontier.standing import COSTS, YARDSTICK, Standing, front_of, standings
from squeezeseg.plotting.palette import BLUE, DARK_GREY, GREY, GRID, MARK, VERMILION

MARKERS = {"int8": "o", "bfloat16": "s", "float32": "^"}
"""By the precision in which a network costs least."""
SETS = {"simulated": "simulated scans", "real": "real scans"}
_AXES = {
    "ms": ("latency of the network alone, 64 x 512 pixels, one at a time (ms)", 1.0),
    "bytes": ("weights (kB)", 1e-3),
    "energy_mj": ("modelled energy for 64 x 512 pixels (mJ)", 1.0),
}
"""By cost: its axis, and what its numbers are multiplied with."""
_NAME = 8.5
"""Points of the names' font."""
_FEWEST_TICKS = 4
_TICKS = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 1.8, *(k / 2 for k in range(4, 20))))


def draw(path: Path, records: Sequence[Record], kind: str) -> bool:
    """Write the picture of a kind of set; False where no network was scored on it and timed.

    Raises:
        InputError: the file can't be written.
    """
    if not standings(records, kind):
        return False
    picture = figure(records, kind)
    with atomic_write(path) as file:
        picture.savefig(file, format="png", dpi=100)
    return True


def about(record: Record) -> str:
    """The machine and the budget, in a line."""
    return f"{record.processor}, {record.threads} threads; each trained for {record.steps:,} steps"


def figure(records: Sequence[Record], kind: str) -> Figure:
    """A panel for each cost that is known."""
    known = {cost: networks for cost in COSTS if (networks := standings(records, kind, cost))}
    page = Figure(figsize=(10, 0.9 + 4.1 * len(known)), layout="constrained")
    page.suptitle(
        f"Accuracy on {SETS[kind]}, each network in the precision that costs it least\n{about(records[0])}", fontsize=11
    )
    panels: list[Axes] = list(page.subplots(len(known), 1, squeeze=False)[:, 0])
    for axes, (cost, networks) in zip(panels, known.items(), strict=True):
        _panel(axes, networks, cost)
    all_of_them = [one for networks in known.values() for one in networks]
    shapes = [
        Line2D([], [], marker=shape, ls="", color=GREY, label=name)
        for name, shape in MARKERS.items()
        if any(one.precision == name for one in all_of_them)
    ]
    step = Line2D([], [], color=BLUE, label="Pareto front")
    seeds = [Line2D([], [], color=GREY, lw=1.5, marker="|", ls="", ms=10, label="lowest and highest seed")]
    handles = [*shapes, step, *(seeds if any(one.iou.seeds > 1 for one in all_of_them) else [])]
    page.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    _name(page, panels, known)
    return page


def _panel(axes: Axes, networks: Sequence[Standing], cost: str) -> None:
    """The points, and the front as steps: at each cost, the best that it buys."""
    label, factor = _AXES[cost]
    best = front_of(networks)
    for one in networks:
        x, iou = factor * one.cost, one.iou
        colour = VERMILION if one.model == YARDSTICK else BLUE if one in best else GREY
        if iou.seeds > 1:
            axes.plot([x, x], [100 * iou.low, 100 * iou.high], color=colour, lw=1.5, zorder=2)
        axes.plot([x], [100 * iou.mean], MARKERS[one.precision], color=colour, ms=7, zorder=3)
    axes.set_xscale("log")
    axes.margins(x=0.08, y=0.12)
    right = axes.get_xlim()[1]
    xs = [*(factor * one.cost for one in best), right]
    ys = [*(100 * one.iou.mean for one in best), 100 * best[-1].iou.mean]
    axes.step(xs, ys, where="post", color=BLUE, lw=1.2, zorder=1)
    mark = next((one for one in networks if one.model == YARDSTICK), None)
    if mark is not None:
        axes.axvline(factor * mark.cost, color=VERMILION, lw=0.8, ls=":", zorder=0)
        axes.axhline(100 * mark.iou.mean, color=VERMILION, lw=0.8, ls=":", zorder=0)
    axes.set_xlim(right=right)
    axes.set_xlabel(label)
    axes.set_ylabel("mean IoU (%)")
    axes.xaxis.set_major_locator(FixedLocator(ticks(*axes.get_xlim())))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis: 1, 2 and 5 of each decade, or more where these would be few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in _TICKS:
        found = [round(step * 10.0**decade, 10) for decade in decades for step in steps]
        if len(inside := [one for one in found if low <= one <= high]) >= _FEWEST_TICKS:
            break
    return inside


def _name(page: Figure, panels: Sequence[Axes], known: Mapping[str, Sequence[Standing]]) -> None:
    """Write the networks' names beside their points, once the layout is settled."""
    renderer = FigureCanvasAgg(page).get_renderer()  # type: ignore[no-untyped-call]
    page.draw(renderer)
    page.set_layout_engine("none")
    for axes, (cost, networks) in zip(panels, known.items(), strict=True):
        factor = _AXES[cost][1]
        best = front_of(networks)
        order = sorted(networks, key=lambda one: (one.model != YARDSTICK, one not in best, one.cost))
        data = [(factor * one.cost, 100 * one.iou.mean) for one in order]
        texts = [
            axes.text(0, 0, one.model, fontsize=_NAME, color=MARK if one in best else DARK_GREY,
                      weight="bold" if one.model == YARDSTICK else "normal")
            for one in order
        ]  # fmt: skip
        sizes = [(box.width + 2, box.height + 1) for box in (text.get_window_extent(renderer) for text in texts)]
        points = [(float(x), float(y)) for x, y in axes.transData.transform(data)]
        frame = axes.get_window_extent(renderer)
        places = place(points, sizes, Box(frame.x0, frame.y0, frame.width, frame.height), _lines(axes))
        back = axes.transData.inverted()
        for text, box, point, at in zip(texts, places, points, data, strict=True):
            text.set_position(tuple(back.transform((box.left + 1, box.bottom + 1))))
            text.set_verticalalignment("bottom")
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
            nearest = (
                min(max(point[0], box.left), box.left + box.width),
                min(max(point[1], box.bottom), box.bottom + box.height),
            )
            if abs(nearest[0] - point[0]) + abs(nearest[1] - point[1]) > 14:
                end = back.transform(nearest)
                axes.plot([at[0], end[0]], [at[1], end[1]], color=GREY, lw=0.6, zorder=1)


def _lines(axes: Axes) -> list[Box]:
    """The horizontal and vertical lines of a panel, in pixels, each as a thin box."""
    boxes = list[Box]()
    for line in axes.lines:
        if line.get_linestyle() == "None":
            continue
        way = line.get_transform().transform(line.get_path().vertices)
        for (x0, y0), (x1, y1) in pairwise(way.tolist()):
            boxes.append(Box(min(x0, x1) - 1, min(y0, y1) - 1, abs(x1 - x0) + 2, abs(y1 - y0) + 2))
    return boxes
