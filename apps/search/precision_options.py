"""The options of `squeezeseg search precision`. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

_SEARCH = "Search"


@dataclass(frozen=True)
class PrecisionOptions:
    """The settings of a search for bits that have an option, by the names of `PrecisionSettings`; None: not given."""

    codec: Annotated[
        Literal["range", "bits"] | None,
        typer.Option(
            "--codec", rich_help_panel=_SEARCH, show_default="range", help="How codes will be written in the file."
        ),
    ] = None
    activation_bits: Annotated[
        float | None,
        typer.Option(
            "--activation-bits",
            metavar="B",
            rich_help_panel=_SEARCH,
            help="Search for those of activations as well, 4 or 8, of a mean of at most so many. They are not in the "
            "file, and save no time on x86.",
        ),
    ] = None
    quantizer: Annotated[
        Literal["lsq", "pact"] | None,
        typer.Option(
            "--quantizer", rich_help_panel=_SEARCH, show_default="lsq", help="Of activations: learned step or clip."
        ),
    ] = None
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws",
            metavar="N",
            rich_help_panel=_SEARCH,
            show_default="15",
            help="Ways drawn at last, and ranked beside the likeliest.",
        ),
    ] = None
