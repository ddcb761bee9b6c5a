"""The files of a search, and what is printed of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from apps import console
from apps.evaluation.tables import percent
from apps.search.page import page
from data.atomic import atomic_write
from squeezeseg.search.run.log import read_log
from squeezeseg.search.run.loop import LOG
from squeezeseg.search.run.result import RESULT, Found
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.space import Space
from squeezeseg.search.table.latency_table import LatencyTable

PAGE = "search.html"


def present(
    run: Path,
    settings: SearchSettings,
    space: Space,
    found: Sequence[Found],
    table: LatencyTable,
    core_seconds: float,
    *,
    as_json: bool,
) -> None:
    """Write the page, and print.

    Raises:
        InputError: a file can't be read or written.
    """
    with atomic_write(run / PAGE) as file:
        file.write(page(read_log(run / LOG), settings, space, found, table, core_seconds).encode())
    if as_json:
        console.print_json(
            {
                "found": [one.as_dict() for one in found],
                "target": str(table.target),
                "core_minutes": round(core_seconds / 60, 2),
                "files": {"result": str(run / RESULT), "page": str(run / PAGE)},
            }
        )
        return
    shown = console.table("network", "ms", "loss", "mean IoU, %")
    for one in found:
        iou = one.ranked.mean_iou
        shown.add_row(
            one.architecture.name,
            f"{one.ranked.seconds * 1e3:.3g}",
            f"{one.ranked.loss:.3f}",
            "-" if iou is None else percent(iou),
        )
    console.show(shown)
    console.say(f"of {escape(str(table.target))}; {core_seconds / 60:.1f} core-minutes; ranked with shared weights")
    console.say(f"written: {escape(', '.join(str(path) for path in (*(one.file for one in found), run / PAGE)))}")
    console.say(f"next: squeezeseg train --model {escape(shlex.quote(str(found[0].file)))}", style="dim")
