"""Plot of a benchmark: a bar for each engine and view, a colour for each stage of a scan's time."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apps.bench.tables import TITLES, name
from data.atomic import atomic_write
from squeezeseg.plotting.palette import MARK, STAGES

LIMITS = {10.0: "10 ms: 100 frames/s", 100.0: "100 ms: a sensor at 10 Hz"}


def draw(path: Path, result: dict[str, Any]) -> None:
    """Write the picture of a result. Raises InputError if the file can't be written."""
    with atomic_write(path) as file:
        figure(result).savefig(file, format="png", dpi=100)


def figure(result: dict[str, Any]) -> Figure:
    """One panel for each view that was measured."""
    views = [view for view in TITLES if any(one["view"] == view for one in result["results"])]
    rows = max(sum(one["view"] == view for one in result["results"]) for view in views)
    page = Figure(figsize=(10, 1.6 + len(views) * (0.9 + 0.45 * rows)), layout="constrained")
    machine, model = result["machine"], result["model"]["model"]
    page.suptitle(
        f"{result['source']['name']}, {model}: one scan at a time, median of each stage\n"
        f"{machine['processor']}, {machine['cores']} cores",
        fontsize=11,
    )
    axes = page.subplots(len(views), 1, squeeze=False)[:, 0]
    for panel, view in zip(axes, views, strict=True):
        _panel(panel, [one for one in result["results"] if one["view"] == view], TITLES[view])
    handles, labels = axes[0].get_legend_handles_labels()
    page.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=9)
    return page


def _panel(axes: Axes, results: list[dict[str, Any]], title: str) -> None:
    names = [name(one) for one in results]
    left = [0.0] * len(results)
    stages = dict.fromkeys(stage for one in results for stage in one["latency"]["stages_ms"])  # a GPU's are others
    for stage, colour in zip(stages, cycle(STAGES)):
        times = [one["latency"]["stages_ms"].get(stage, {"p50": 0.0})["p50"] for one in results]
        axes.barh(names, times, left=left, color=colour, label=stage, height=0.7)
        left = [a + b for a, b in zip(left, times, strict=True)]
    reach = max(left)
    for row, (ms, what) in enumerate(LIMITS.items()):  # each named in a row of its own: they may be close
        if ms < 1.5 * reach:
            axes.axvline(ms, color=MARK, lw=1, ls="--")
            axes.text(ms, -0.5 - 0.35 * row, f" {what}", fontsize=8, color=MARK, va="bottom")
            reach = max(reach, ms)
    for row, (end, one) in enumerate(zip(left, results, strict=True)):
        axes.text(end, row, f" {end:.1f} ms; lanes {one['throughput']['fps']:.0f}/s", va="center", fontsize=8)
    axes.set(xlim=(0, 1.3 * reach), ylim=(len(results) - 0.5, -1.2), xlabel="ms")
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
