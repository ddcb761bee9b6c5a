"""Overview: a segmented scan in one figure, from above with its boxes, its range image, and a list of its objects."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import NDArray
from PIL import Image

from data.atomic import atomic_write
from data.boxes import Box
from data.labels import IGNORE, colours
from data.scan import Scan
from data.segmentation import Segmentation
from squeezeseg.objects.boxes import Detection
from squeezeseg.plotting import palette
from squeezeseg.plotting.figures import DPI, INK, PAPER, draw_legend, draw_panel, draw_strip, is_object, label_strip

WIDE, SIDE = 1024, 640
"""Pixels across the range image and the view from above."""
LISTED = 20
"""Objects that are listed, the nearest first."""
_MARGIN, _TITLE, _GAP = 32, 60, 40


class Picture(Figure):
    """A matplotlib Figure that notebooks show, whatever matplotlib's backend is there."""

    def _repr_png_(self) -> bytes:
        whole, file = io.BytesIO(), io.BytesIO()
        self.savefig(whole, format="png", facecolor=PAPER)
        picture = Image.open(whole).convert("RGB")
        # 256 colours look the same, and take a third of the room in a notebook.
        few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
        return file.getvalue()

    def save(self, path: Path) -> None:
        """Write a PNG, whole or not at all. Raises InputError if it can't be written."""
        with atomic_write(path) as file:
            file.write(self._repr_png_())


def overview(scan: Scan, result: Segmentation, objects: Sequence[Detection] = ()) -> Picture:
    """Draw a scan of N points, ahead being up, and its range image.

    result: the scan's. objects: to be listed, and drawn as boxes.
    """
    sensor, labels = result.image.sensor, result.labels
    tall = max(2 * sensor.beams, 64)
    width, height = WIDE + 2 * _MARGIN, _TITLE + tall + _GAP + SIDE + _GAP
    figure = Picture((width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)

    def area(x: float, y: float, wide: float, high: float) -> Axes:
        """Axes by the pixels of their left, lower edge and their size."""
        return figure.add_axes((x / width, y / height, wide / width, high / height))

    draw_strip(area(_MARGIN, height - _TITLE - tall, WIDE, tall), sensor, label_strip(result), marked=True)
    axes = area(_MARGIN, _GAP / 2, SIDE, SIDE)
    draw_panel(axes, scan.points, sensor, colours(labels), is_object(labels), labels == IGNORE)
    for one in objects:
        axes.add_patch(Polygon(footprint(one.box), fill=False, color=_colour(one), lw=1.2, zorder=3, clip_on=True))
    _list(area(_MARGIN + SIDE + 20, _GAP / 2, WIDE - SIDE - 20, SIDE), objects)
    figure.text(_MARGIN / width, 1 - 12 / height, shortened(scan.name), color=INK, fontsize=13, va="top", weight="bold")
    draw_legend(figure, (1 - _MARGIN / width, 1 - 4 / height), palette.CLASS_LEGEND)
    return figure


def footprint(box: Box) -> NDArray[np.float64]:
    """(4, 2): the corners of a box as the view from above has them, y to the left and x up."""
    length, width, _ = box.size
    ends = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1)]) * (length / 2, width / 2)
    cos, sin = np.cos(box.yaw), np.sin(box.yaw)
    x, y = (ends @ np.array([(cos, sin), (-sin, cos)]) + box.centre[:2]).T
    return np.stack([y, x], axis=1)


def _list(axes: Axes, objects: Sequence[Detection]) -> None:
    """A line for each of the nearest objects."""
    axes.set_axis_off()
    nearest = sorted(objects, key=lambda one: np.hypot(*one.box.centre[:2]))[:LISTED]
    lines = [
        f"{one.name:<11}{np.hypot(*one.box.centre[:2]):5.1f} m {one.points:>6,} points  {one.confidence:4.0%}"
        for one in nearest
    ]
    for k, (line, one) in enumerate(zip(lines, nearest, strict=True)):
        axes.text(0, 1 - k / (LISTED + 2), line, color=_colour(one), fontsize=10, va="top", family="monospace")
    if rest := len(objects) - len(nearest):
        axes.text(0, 1 - LISTED / (LISTED + 2), f"and {rest} more", color=INK, fontsize=10, va="top")


def _colour(one: Detection) -> str:
    return palette.css(palette.CLASS_LEGEND[one.name])


def shortened(name: str, most: int = 28) -> str:
    """A name that leaves room beside it: of a long one the beginning and the end."""
    half = most // 2 - 1
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"
