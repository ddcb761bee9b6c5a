"""Parts of the page of scores about single frames: every frame's IoU, and pictures of the worst."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from apps.drawing.error_figures import error_figures
from apps.evaluation.examine import Examined
from apps.evaluation.html import Cell, Link, picture, table, zoomable
from apps.evaluation.plots import Series, strip
from apps.evaluation.style import class_style
from apps.evaluation.tables import percent
from apps.links import PORT, frame_link
from data.labels import CLASSES
from squeezeseg.evaluation.metrics import iou

WIDE, SIDE = 1536, 520
"""Pixels across a range image and a view from above."""
LISTED = 10
BARS = 240
"""Bars in a row of the plot by frame at most; of more frames several share one."""


def frames(examined: Examined) -> str:
    """The IoU of each frame, in their order."""
    frames, names = examined.study.frames, list(examined.result["iou"])
    each = -(-len(frames) // BARS)
    groups = [frames[k : k + each] for k in range(0, len(frames), each)]
    series = []
    for name in names:
        k = CLASSES.index(name)
        values: list[float | None] = []
        hints = []
        for group in groups:
            matrix = np.sum([frame.confusion.matrix for frame in group], axis=0)
            score = float(iou(matrix)[k])
            values.append(score if np.isfinite(score) else None)
            title = group[0].name if len(group) == 1 else f"{group[0].name} to {group[-1].name}"
            hints.append(
                f"{title}: {name} IoU {percent(values[-1])} %, {matrix[k].sum():,} true, "
                f"{matrix[:, k].sum() - matrix[k, k]:,} false"
            )
        series.append(Series(name, class_style(name), values, hints=hints))
    share = f"{each} frames a bar" if each > 1 else "a bar a frame"
    label = f"IoU of each class, 0 to 100 %, {share}, in their order; none without a true point of the class"
    return f"<figure>{strip(series, label)}</figure>"


def worst(
    examined: Examined,
    pictures: int,
    progress: Callable[[int], None] | None,
    view: Sequence[str] = (),
    *,
    anchor: str = "f",
) -> str:
    """The frames that cost most, and pictures of so many of them.

    progress: told how many are drawn. view: the command that shows the frames in the viewer. anchor: what the names of
    the places on the page begin with.
    """
    names, per = list(examined.result["iou"]), examined.result["per"]
    ranked = examined.study.ranked(max(pictures, LISTED))
    rows: list[list[Cell]] = []
    for frame, loss in ranked:
        one = examined.study.frame_dict(frame, loss)
        counts = [
            " / ".join(f"{one[key][name]:,}" for key in ("truth_points", "missed_points", "false_points"))
            for name in names
        ]
        ious = [percent(one["iou"][name]) for name in names]
        look = [Link("look", frame_link(frame.name))] if view else []
        rows.append([frame.name, percent(loss), *zip(ious, counts, strict=True), *look])
    head = ["frame", "costs, %", *(f"{name} IoU" for name in names), *(["viewer"] if view else [])]
    links = [f"#{anchor}{n}" if n < pictures else None for n in range(len(rows))]
    text = (
        f"<p>The frames that cost most of the mean IoU: their wrong {per}s, as a share of all that are or were "
        f"labelled so in any frame. Small print: {per}s that are true / missed / false.</p>"
        f"{_how_to_look(view)}{table(head, rows, links=links)}"
    )
    thumbs, details = "", ""
    for n, (frame, _) in enumerate(ranked[:pictures]):
        item, prediction = examined.again(frame.name)
        ahead, above = error_figures(item, prediction, wide=WIDE, side=SIDE)
        name = escape(frame.name)
        small = picture(above, f"errors from above in {frame.name}", SIDE)
        thumbs += f'<a href="#{anchor}{n}">{small}{name}</a>'
        large = (picture(ahead, f"range image of {frame.name}"), picture(above, f"view from above of {frame.name}"))
        command = f"<pre>{escape(shlex.join([*view, '--frame', frame.name]))}</pre>" if view else ""
        details += f'<h3 id="{anchor}{n}">{name}</h3>{command}{"".join(zoomable(image) for image in large)}'
        if progress is not None:
            progress(n + 1)
    return f'{text}<div class="thumbs">{thumbs}</div>{details}'


def _how_to_look(view: Sequence[str]) -> str:
    if not view:
        return ""
    return (
        "<p>To see them in 3D, start the viewer, open the address that it prints, and follow the links on the "
        f"right; they lead to port {PORT} of the machine that this page is read on.</p>"
        f"<pre>{escape(shlex.join(view))}</pre>"
    )
