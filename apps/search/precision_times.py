"""The time that a network takes in each precision that was measured, beside the bytes that its bits save."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from apps import console
from squeezeseg.networks import Architecture
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.table.latency_table import LatencyTable, read_table

NO_TIME = (
    "fewer bits save bytes, not time: x86 multiplies no integers smaller than 8 bits, so a layer of 2 takes as long as "
    "one of 8"
)


def read_tables(paths: Sequence[Path], architecture: Architecture) -> list[LatencyTable]:
    """The tables of files. Raises InputError for one that can't be read, or lacks a layer of the network."""
    tables = [read_table(path) for path in paths]
    for table in tables:
        table.network_seconds(architecture)
    return tables


def milliseconds(tables: Sequence[LatencyTable], architecture: Architecture) -> list[dict[str, str | float]]:
    """A network's time by each table, for JSON."""
    return [
        {
            "target": str(table.target),
            "precision": table.target.precision,
            "ms": 1e3 * table.network_seconds(architecture),
        }
        for table in tables
    ]


def show_times(tables: Sequence[LatencyTable], architecture: Architecture) -> None:
    """Print that bits save no time; and, of tables, the time of each part of the network, and of the whole."""
    console.say(NO_TIME)
    if not tables:
        return
    shown = console.table(
        "microseconds", *(table.target.precision for table in tables), title="whatever the bits of weights"
    )
    for case in dict.fromkeys(case for table in tables for case in cases_of(architecture, table.height, table.width)):
        shown.add_row(
            str(case), *(f"{1e6 * table.times[case]:.0f}" if case in table.times else "-" for table in tables)
        )
    shown.add_row(
        "the network", *(f"{1e6 * table.network_seconds(architecture):.0f}" for table in tables), style="bold"
    )
    console.show(shown)
    for table in tables:
        console.say(escape(str(table.target)), style="dim")
