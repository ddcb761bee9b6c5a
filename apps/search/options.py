"""The options of `squeezeseg search`. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from apps.training.options import BatchOption, RateOption, SeedOption, StepsOption

_SEARCH = "Search"
_LATENCY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(us|ms|s)")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
TableOption = Annotated[
    Path,
    typer.Option(
        "--table", metavar="FILE", help="Latencies of the target, as 'squeezeseg search table' measures them."
    ),
]
LatencyOption = Annotated[
    str, typer.Option("--latency", metavar="TIME", help="What a network may take, such as 3ms or 800us.")
]


@dataclass(frozen=True)
class SearchOptions:
    """The settings of a search that have an option, by the names of `SearchSettings`; None: not given."""

    space: Annotated[
        str | None,
        typer.Option(
            "--space", metavar="NAME", rich_help_panel=_SEARCH, show_default="range", help="Space: range or fbnet."
        ),
    ] = None
    method: Annotated[
        Literal["dnas", "random"] | None,
        typer.Option(
            "--method",
            rich_help_panel=_SEARCH,
            show_default="dnas",
            help="random: as many steps, but no distribution is learned; to compare with.",
        ),
    ] = None
    paths: Annotated[
        int | None,
        typer.Option(
            "--paths",
            metavar="N",
            rich_help_panel=_SEARCH,
            show_default="4",
            help="Networks that are compared in a step of the architecture.",
        ),
    ] = None
    beta: Annotated[
        float | None,
        typer.Option(
            "--beta",
            metavar="B",
            rich_help_panel=_SEARCH,
            show_default="0.6",
            help="How much latency counts below the bound; 0: not at all.",
        ),
    ] = None
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws",
            metavar="N",
            rich_help_panel=_SEARCH,
            show_default="64",
            help="Networks drawn and ranked at last.",
        ),
    ] = None
    found: Annotated[
        int | None,
        typer.Option("--found", metavar="N", rich_help_panel=_SEARCH, show_default="3", help="Best ones to keep."),
    ] = None


@dataclass(frozen=True)
class SearchBudgetOptions:
    """The recipe of the shared weights, by the names of `TrainSettings`; None: not given."""

    steps: StepsOption = None
    batch: BatchOption = None
    rate: RateOption = None
    seed: SeedOption = None


def given(options: object) -> dict[str, Any]:
    """The options of a group that were given."""
    return {name: value for name, value in vars(options).items() if value is not None}


def seconds(text: str) -> float:
    """'3ms' -> 0.003. Raises InputError for what is no time."""
    from projection import InputError

    match = _LATENCY.fullmatch(text.replace(" ", ""))
    if match is None or not float(match[1]):
        raise InputError(f"--latency {text[:40]}: expected a time with its unit, such as 3ms or 800us")
    return float(match[1]) * _UNITS[match[2]]
