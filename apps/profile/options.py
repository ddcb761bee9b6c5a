"""Options of `squeezeseg profile` about what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(frozen=True)
class LinkOptions:
    """What is sent, and over which link."""

    communication: Annotated[
        bool,
        typer.Option("--communication", help="What workers that train it together send each other, and how long."),
    ] = False
    link: Annotated[
        str | None,
        typer.Option(
            "--link",
            metavar="RATE",
            show_default="1Mbit; with --communication 1Gbit",
            help="To send the weights over, or the gradients.",
        ),
    ] = None
