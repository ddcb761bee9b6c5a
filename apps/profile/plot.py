"""The roofline as a picture: steps of an engine as dots, by what they do a byte and how fast."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from data.atomic import atomic_write
from squeezeseg.plotting.palette import GRID, MARK, STAGES

_SHOWN = 12.0
"""Area of the smallest dot, in points squared; a dot's area grows with its time."""


def draw(path: Path, result: dict[str, Any]) -> None:
    """Write the picture of a result. Raises InputError if the file can't be written."""
    with atomic_write(path) as file:
        figure(result).savefig(file, format="png", dpi=100)


def figure(result: dict[str, Any]) -> Figure:
    """Dots below two roofs, each axis logarithmic."""
    measured = result["measured"]
    peak, whole = measured["peak"], measured["milliseconds"]
    page = Figure(figsize=(10, 6.2), layout="constrained")
    axes = page.subplots()
    colours = dict(zip((one["kind"] for one in measured["kinds"] if one["macs"]), cycle(STAGES)))
    dots = [one for one in measured["steps"] if one["gmacs_per_s"] and one["macs_per_byte"]]
    for kind, colour in colours.items():
        own = [one for one in dots if one["kind"] == kind]
        axes.scatter(
            [one["macs_per_byte"] for one in own],
            [one["gmacs_per_s"] for one in own],
            [_SHOWN + 4000 * one["milliseconds"] / whole for one in own],
            color=colour,
            alpha=0.65,
            linewidths=0.5,
            edgecolors="white",
            label=f"{kind}: {sum(one['milliseconds'] for one in own) / whole:.0%} of the time",
        )
    left = min(0.5 * min(one["macs_per_byte"] for one in dots), peak["macs_per_byte_where_both_hold"] / 4)
    right = 3 * max(peak["macs_per_byte_where_both_hold"], *(one["macs_per_byte"] for one in dots))
    ridge = peak["macs_per_byte_where_both_hold"]
    low = 0.5 * min(one["gmacs_per_s"] for one in dots)
    axes.plot([left, ridge], [left * peak["gbytes_per_s"], peak["gmacs_per_s"]], color=MARK, lw=1.2, ls="--")
    axes.plot([ridge, right], [peak["gmacs_per_s"]] * 2, color=MARK, lw=1.2)
    axes.text(
        right, peak["gmacs_per_s"], f"{peak['gmacs_per_s']:.0f} GMAC/s, a wide 3x3 convolution ",
        ha="right", va="bottom", fontsize=8, color=MARK,
    )  # fmt: skip
    start = max(left, low / peak["gbytes_per_s"])
    axes.annotate(
        f"{peak['gbytes_per_s']:.0f} GB/s, a copy in memory",
        (start, start * peak["gbytes_per_s"]), xytext=(30, -4), textcoords="offset points",
        fontsize=8, color=MARK, va="center",
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(left, right), ylim=(low, 2 * peak["gmacs_per_s"]))
    axes.set(xlabel="multiply-adds for each byte read or written", ylabel="10⁹ multiply-adds a second")
    axes.set_title(
        f"{result['model']}, {measured['engine']} {measured['precision']}: {whole:.1f} ms an image\n"
        f"{measured['processor']}, {measured['threads']} threads; a dot's area is its share of the time",
        fontsize=11,
    )
    axes.legend(loc="lower right", frameon=False, fontsize=9, markerscale=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, which="major", color=GRID, lw=0.5)
    axes.set_axisbelow(True)
    return page
