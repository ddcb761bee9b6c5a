"""The files of a frontier, and what is printed of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from apps import console
from apps.frontier.page import page
from apps.frontier.plot import draw
from apps.frontier.table import report
from data.atomic import atomic_write
from squeezeseg.frontier.records import RECORDS, Record, as_dict
from squeezeseg.frontier.scores import KINDS
from squeezeseg.frontier.timing import read_timings

PICTURES = {"simulated": "frontier.png", "real": "frontier-real.png"}
PAGE = "frontier.html"


def present(records: Sequence[Record], run: Path, *, as_json: bool) -> None:
    """Draw, write the page, and print.

    Raises:
        InputError: a file can't be written.
    """
    timings = read_timings(run)
    left_out = dict(timings.left_out) if timings else {}
    drawn = {kind: PICTURES[kind] for kind in KINDS if draw(run / PICTURES[kind], records, kind)}
    with atomic_write(run / PAGE) as file:
        file.write(page(records).encode())
    if as_json:
        files = {"records": RECORDS, "page": PAGE} | {str(kind): name for kind, name in drawn.items()}
        console.print_json(
            {
                "networks": [as_dict(one) for one in records],
                "left_out": left_out,
                "files": {name: str(run / file) for name, file in files.items()},
            }
        )
        return
    report(records, left_out)
    console.note(f"written: {', '.join(str(run / name) for name in (RECORDS, *drawn.values(), PAGE))}")
