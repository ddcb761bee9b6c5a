"""The options of `squeezeseg frontier`. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from apps.training.options import BatchOption, RateOption, StepsOption

_NETWORKS, _SETS, _SPEED = "Networks", "Test sets", "Speed"
PRECISIONS = ("float32", "bfloat16", "int8")


@dataclass(frozen=True)
class NetworkOptions:
    """The networks that are compared, and their seeds."""

    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME",
            rich_help_panel=_NETWORKS,
            show_default="all up to --up-to",
            help="A network, such as fast or mobilenetv3-small+lraspp, or a .json file of 'squeezeseg search'; may be "
            "given again.",
        ),
    ] = None
    up_to: Annotated[
        float,
        typer.Option(
            "--up-to",
            metavar="GMAC",
            min=0,
            rich_help_panel=_NETWORKS,
            help="Where no --model is given: all networks that cost no more, at 64 x 512 pixels.",
        ),
    ] = 5.0
    seeds: Annotated[
        str,
        typer.Option("--seeds", metavar="N,N", rich_help_panel=_NETWORKS, help="Each network is trained with each."),
    ] = "0"
    second_seed_for: Annotated[
        int,
        typer.Option(
            "--second-seed-for",
            metavar="N",
            min=0,
            rich_help_panel=_NETWORKS,
            help="Train the N best on the simulated sets with one more seed.",
        ),
    ] = 0


@dataclass(frozen=True)
class BudgetOptions:
    """The settings of the one budget that have an option, by the names of `TrainSettings`; None: not given."""

    steps: StepsOption = None
    batch: BatchOption = None
    rate: RateOption = None

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class SetOptions:
    """What is learned from where no source is given, and what is scored."""

    simulate: Annotated[
        int,
        typer.Option(
            "--simulate", metavar="N", min=2, rich_help_panel=_SETS, help="Scans to simulate where there is no SOURCE."
        ),
    ] = 1200
    val: Annotated[
        list[Path] | None,
        typer.Option(
            "--val",
            metavar="SOURCE",
            rich_help_panel=_SETS,
            show_default="40 other scans, simulated",
            help="Simulated drives to score on; may be given again.",
        ),
    ] = None
    real: Annotated[
        list[Path] | None,
        typer.Option(
            "--real",
            metavar="SOURCE",
            rich_help_panel=_SETS,
            help="Real recordings with ground truth to score on; may be given again.",
        ),
    ] = None


@dataclass(frozen=True)
class SpeedOptions:
    """The measurement of latency. Raises InputError for an unknown precision."""

    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision",
            metavar="NAME",
            rich_help_panel=_SPEED,
            show_default="all three",
            help="float32, bfloat16 or int8; may be given again. Without int8 nothing is quantized.",
        ),
    ] = None
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds", metavar="S", min=0, rich_help_panel=_SPEED, help="For each network in each precision."
        ),
    ] = 2.0
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds",
            metavar="N",
            min=1,
            rich_help_panel=_SPEED,
            help="In which each is measured once, every second round backwards.",
        ),
    ] = 6
    again: Annotated[
        bool,
        typer.Option("--time-again", rich_help_panel=_SPEED, help="Measure the speed anew, as on a quiet machine."),
    ] = False

    def __post_init__(self) -> None:
        from projection import InputError

        for name in self.precision or []:
            if name not in PRECISIONS:
                raise InputError(f"--precision {name}: unknown; use {', '.join(PRECISIONS)}")

    @property
    def precisions(self) -> tuple[str, ...]:
        """Those to time networks in."""
        return tuple(name for name in PRECISIONS if name in (self.precision or PRECISIONS))
