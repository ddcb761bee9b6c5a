"""Networks as a picture: their layers along their time, as a latency table tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from data.atomic import atomic_write
from squeezeseg.networks import Architecture
from squeezeseg.plotting.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY_BLUE, VERMILION
from squeezeseg.search.layer_case import LayerCase, cases_of
from squeezeseg.search.table.latency_table import LatencyTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {
    "fold": ("fold of columns, and the convolution behind it", ORANGE),
    "conv": ("convolution", BLUE),
    "res": ("residual 3x3", SKY_BLUE),
    "fire": ("fire module", VERMILION),
    "ir": ("inverted residual", GREEN),
    "head": ("head", PURPLE),
}
_OTHER = ("other", GREY)
_LETTER = 0.0065
"""The width of a letter as a share of the picture's: of narrower bars the name stands upright."""
_LINE = 0.011
"""The width of an upright name as a share of the picture's: narrower bars have none."""


@dataclass(frozen=True)
class Drawn:
    """A network in the picture, and how many parameters it has."""

    architecture: Architecture
    parameters: int


def draw(path: Path, networks: Sequence[Drawn], table: LatencyTable) -> None:
    """Write the picture as a .png file. Raises InputError if it can't be written, or the table lacks a layer."""
    page = figure(networks, table)
    with atomic_write(path) as file:
        page.savefig(file, format="png", dpi=100)


def figure(networks: Sequence[Drawn], table: LatencyTable) -> Figure:
    """A row for each network: a bar for each layer, as long as it takes, as high as its image is wide.

    Raises:
        InputError: the table has no time of a layer.
    """
    page = Figure(figsize=(12, 1.1 + 1.45 * len(networks)), layout="constrained")
    rows = page.subplots(len(networks), 1, sharex=True, squeeze=False)[:, 0]
    cases = [cases_of(one.architecture, table.height, table.width) for one in networks]
    longest = max(sum(table.seconds(case) for case in several) for several in cases)
    used = dict[str, str]()
    for axes, network, several in zip(rows, networks, cases, strict=True):
        start = 0.0
        for case in several:
            seconds = table.seconds(case)
            name, colour = _kind(case)
            used[name] = colour
            _bar(axes, case, start, seconds, table.width, longest, colour)
            start += seconds
        whole = table.network_seconds(network.architecture)
        axes.set(xlim=(0, 1e3 * longest * 1.01), ylim=(0, 1.05), yticks=[])
        axes.set_title(
            f"{network.architecture.name}: {network.parameters:,} parameters, {1e3 * whole:.2f} ms",
            loc="left",
            fontsize=11,
        )
        axes.spines[["top", "right", "left"]].set_visible(False)
    rows[-1].set_xlabel(
        f"milliseconds of each layer, {table.height} x {table.width} pixels, {table.target.precision} on "
        f"{table.target.flags[-1] if table.target.flags else table.target.processor}; "
        "a bar is as high as its input is wide"
    )
    page.legend(
        [Patch(color=colour) for colour in used.values()], list(used), loc="outside lower center",
        ncols=len(used), frameon=False, fontsize=9,
    )  # fmt: skip
    return page


def _kind(case: LayerCase) -> tuple[str, str]:
    if case.classes:
        return _KINDS["head"]
    return _KINDS.get(case.block.partition(" ")[0].partition("_")[0], _OTHER)


def _bar(axes: Axes, case: LayerCase, start: float, seconds: float, width: int, longest: float, colour: str) -> None:
    """A layer. Heights are square roots, or most layers of a folded image would be lines."""
    height = (case.width / width) ** 0.5
    axes.add_patch(Rectangle((1e3 * start, 0), 1e3 * seconds, height, facecolor=colour, edgecolor="white", linewidth=1))
    lines = case.block.split(" ")
    room, middle = seconds / longest, 1e3 * (start + seconds / 2)
    if room > _LETTER * max(map(len, lines)):
        axes.text(middle, height / 2, "\n".join(lines), ha="center", va="center", fontsize=7)
    elif room > _LINE * len(lines):
        axes.text(middle, 0.03, "\n".join(lines), ha="center", va="bottom", fontsize=6.5, rotation=90)
