"""The options of `squeezeseg compress`. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

_TRAINING = "Training afterwards"
PRICE = 0.0
"""Of a code that changes from that of the base."""


@dataclass(frozen=True)
class CompressionOptions:
    """How small, by which method, and how long it is trained afterwards."""

    size: Annotated[
        int | None,
        typer.Option("--bytes", metavar="N", min=1, show_default="500000", help="Of the file, at most."),
    ] = None
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            metavar="OLD",
            help="Instead: in the steps of the .sqz file that the weights were fine-tuned from, and in its codes where "
            "they are good enough: 'weights diff OLD' then makes a small patch.",
        ),
    ] = None
    price: Annotated[
        float | None,
        typer.Option(
            "--price",
            metavar="P",
            min=0,
            show_default="0",
            help="With --base: squared error in steps that a code must save to change; more makes a smaller patch.",
        ),
    ] = None
    bits: Annotated[
        str | None,
        typer.Option(
            "--bits",
            metavar="N|FILE",
            help="Instead: codes of so many bits, 2 to 8, or of those that 'search precision' found for each layer. "
            "Training learns the steps, too.",
        ),
    ] = None
    method: Annotated[
        Literal["steps", "shared"],
        typer.Option("--method", help="Weights in equal steps; or pruned, the others sharing values."),
    ] = "steps"
    codec: Annotated[Literal["range", "huffman", "bits"], typer.Option("--codec", help="How codes are written.")] = (
        "range"
    )
    scans: Annotated[
        int, typer.Option("--scans", metavar="N", min=1, help="Simulated scans that before and after are compared on.")
    ] = 12
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps", metavar="N", min=0, rich_help_panel=_TRAINING, show_default="200", help="Batches; 0 for none."
        ),
    ] = None
    rate: Annotated[
        float | None,
        typer.Option("--rate", rich_help_panel=_TRAINING, show_default="0.0002", help="Peak learning rate."),
    ] = None
    simulate: Annotated[
        int, typer.Option("--simulate", metavar="N", min=2, rich_help_panel=_TRAINING, help="Scans, without --data.")
    ] = 200
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False

    @property
    def most(self) -> int | None:
        """Bytes of the file at most; None: as many as come of the bits, or of the base."""
        if self.base is not None:
            return None
        return 500_000 if self.size is None and self.bits is None else self.size

    @property
    def dearness(self) -> float:
        """The price of a code that changes."""
        return PRICE if self.price is None else self.price

    @property
    def given(self) -> dict[str, Any]:
        """The settings of training that were given."""
        return {name: value for name, value in (("steps", self.steps), ("rate", self.rate)) if value is not None}
