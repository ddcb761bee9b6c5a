"""Simulated scans beside real ones: one picture of plots, and the numbers as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.labels import CLASSES, OBJECT_CLASSES
from data.simulator.statistics import (
    ALL,
    DISTANCES,
    INTENSITIES,
    RANGES,
    Statistics,
    by_distance,
    comparison,
    share,
    summary,
)
from squeezeseg.plotting.palette import SOURCES

PLOTS, NUMBERS = "simulation_report.png", "simulation_report.json"
_PLOTS_BY_ROW = 4
ALONE = "simulated scans alone: no real ones were given (--real SOURCE) to compare them with"


def write_report(folder: Path, simulated: Statistics, real: Sequence[Statistics]) -> dict[str, Any]:
    """Write PLOTS and NUMBERS into `folder`. Returns the numbers. Raises InputError where it can't be written."""
    result: dict[str, Any] = {
        "simulated": summary(simulated),
        "real": [summary(one) for one in real],
        "differences": [comparison(simulated, one) for one in real],
        "bins": {
            "intensity": INTENSITIES[:-1].round(3).tolist(),
            "range_m": RANGES[:-1].tolist(),
            "distance_m": DISTANCES[:-1].tolist(),
        },
    }
    with atomic_write(folder / PLOTS) as file:
        figure(simulated, real).savefig(file, format="png", dpi=75)
    with atomic_write(folder / NUMBERS) as file:
        file.write((json.dumps(result, indent=1) + "\n").encode())
    return result


def figure(simulated: Statistics, real: Sequence[Statistics]) -> Figure:
    """All plots on one page; each source in a colour of its own, the simulated scans in the first and strongest."""
    every = [simulated, *real]
    columns = max(_PLOTS_BY_ROW, len(CLASSES), len(every))
    page = Figure(figsize=(5.2 * columns, 23), layout="constrained")
    page.suptitle(_title(simulated, real), fontsize=15)
    axes = page.subplots(6, columns, squeeze=False)
    for rest in axes.flat:
        rest.set_visible(False)
    _rows(axes[0], every)
    for k, group in enumerate(CLASSES):
        _histogram(axes[1, k], every, group, "intensity")
        _histogram(axes[2, k], every, group, "range")
    for k, class_id in enumerate(OBJECT_CLASSES):
        _objects(axes[3, k], every, CLASSES[class_id])
    for k, one in enumerate(every):
        _by_row(axes[4, k], one, "intensity")
        _by_row(axes[5, k], one, "range")
    return page


def _title(simulated: Statistics, real: Sequence[Statistics]) -> str:
    if not real:
        return f"{simulated.scans} {ALONE}"
    others = ", ".join(f"{one.scans} of {one.name}" for one in real)
    return f"{simulated.scans} simulated scans beside real ones: {others} (90 degrees ahead, range image's pixels)"


def _shown(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_visible(True)
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)


def _style(k: int) -> dict[str, Any]:
    return {"color": SOURCES[k % len(SOURCES)], "lw": 2.2 if k == 0 else 1.4}


def _rows(axes: Sequence[Axes], every: Sequence[Statistics]) -> None:
    for k, one in enumerate(every):
        pixels = one.scans * one.width
        known = summary(one)
        axes[0].plot(one.valid / pixels, label=one.name, **_style(k))
        axes[1].plot(one.lost / pixels, label=one.name, **_style(k))
        axes[2].plot(np.array(known["intensity_median_by_row"], float), label=one.name, **_style(k))
        axes[3].plot(np.array(known["range_median_m_by_row"], float), label=one.name, **_style(k))
    axes[0].set_ylim(0, 1)
    _shown(axes[0], "Pixels with a return", "row, from the highest beam", "share")
    _shown(axes[1], "Returns lost, in gaps of up to 5 pixels", "row", "share")
    _shown(axes[2], "Median intensity", "row", "intensity")
    _shown(axes[3], "Median range", "row", "metres")


def _histogram(axes: Axes, every: Sequence[Statistics], group: str, what: str) -> None:
    edges = INTENSITIES if what == "intensity" else RANGES
    for k, one in enumerate(every):
        counts = (one.intensity if what == "intensity" else one.ranges)[group].sum(axis=0)
        if counts.sum():
            label = f"{one.name}, {counts.sum():,} pixels"
            axes.stairs(share(counts), _drawn(edges), label=label, **_style(k))
    if what == "intensity":
        axes.set_yscale("symlog", linthresh=0.05)
        axes.set_ylim(bottom=0)
    _shown(axes, f"{group}: {what}", "intensity" if what == "intensity" else "metres", "share of its pixels")


def _objects(axes: Axes, every: Sequence[Statistics], group: str) -> None:
    at = np.arange(len(DISTANCES) - 1)
    for k, one in enumerate(every):
        table = by_distance(one.objects.get(group, np.zeros((0, 2))))
        shift = 0.12 * (k - (len(every) - 1) / 2)
        here = [n for n in at if table[n]["objects"]]
        if not here:
            continue
        low, middle, high = np.array([table[n]["pixels"] for n in here]).T
        reach = [middle - low, high - middle]
        axes.errorbar(np.array(here) + shift, middle, reach, fmt="o", capsize=3, label=one.name, **_style(k))
        for n, value in zip(here, middle, strict=True):
            axes.annotate(
                str(table[n]["objects"]), (n + shift, value), xytext=(4, 4), textcoords="offset points", fontsize=8
            )
    axes.set_yscale("log")
    ends = [*(f"{edge:g}" for edge in DISTANCES[1:-1]), ""]
    axes.set_xticks(at, [f"{low:g}-{high}" for low, high in zip(DISTANCES, ends, strict=False)])
    _shown(axes, f"{group}: pixels an object (quartiles; how many)", "metres away", "pixels")


def _by_row(axes: Axes, one: Statistics, what: str) -> None:
    counts, edges = (one.intensity, INTENSITIES) if what == "intensity" else (one.ranges, RANGES)
    picture: NDArray[np.float64] = np.sqrt(share(counts[ALL]))
    axes.pcolormesh(_drawn(edges), np.arange(len(picture) + 1), picture, cmap="viridis", vmin=0, vmax=0.8)
    axes.invert_yaxis()
    _shown(axes, f"{one.name}: {what} by row", "intensity" if what == "intensity" else "metres", "row")
    axes.grid(visible=False)


def _drawn(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last bin is open; it is drawn as wide as the one before."""
    return np.append(edges[:-1], 2 * edges[-2] - edges[-3])
