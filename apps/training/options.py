"""The options of a training recipe. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

_RECIPE = "Recipe"
_WORKERS = "Several workers, started by torchrun"
StepsOption = Annotated[int | None, typer.Option("--steps", rich_help_panel=_RECIPE, help="Batches.")]
BatchOption = Annotated[int | None, typer.Option("--batch", rich_help_panel=_RECIPE, help="Samples in a batch.")]
RateOption = Annotated[float | None, typer.Option("--rate", rich_help_panel=_RECIPE, help="Peak learning rate.")]
SeedOption = Annotated[int | None, typer.Option("--seed", rich_help_panel=_RECIPE, help="Of all randomness.")]


@dataclass(frozen=True)
class OtherNetworks:
    """The trained networks that a run starts or learns from, and whether it only adds to one."""

    init: Annotated[
        str | None,
        typer.Option(
            "--init",
            metavar="FILE",
            help="Start from 'shipped' weights, from a file of ours, or from SqueezeNet's (Keras .h5).",
        ),
    ] = None
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            "--teacher",
            metavar="MODEL",
            help="Learn from what this trained network thinks, too; several are asked together.",
        ),
    ] = None
    boxes: Annotated[
        bool,
        typer.Option(
            "--boxes",
            help="Train a head for whole boxes on the network of --init, which stays as it is. What RUN holds of an "
            "earlier start isn't made again.",
        ),
    ] = False


@dataclass(frozen=True)
class SimulationOptions:
    """The streets that are simulated to learn from."""

    simulate: Annotated[
        int | None,
        typer.Option(
            "--simulate",
            metavar="N",
            min=2,
            help="Scans to simulate where no SOURCE is given (3200), to rehearse with --init (200), or to draw from at "
            "a time with --fresh (400).",
        ),
    ] = None
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, help="Processes that simulate for --fresh.")
    ] = 1


@dataclass(frozen=True)
class ValidationOptions:
    """What the result is scored on."""

    val: Annotated[
        list[Path] | None,
        typer.Option("--val", metavar="SOURCE", help="Score the result on it; may be given more than once."),
    ] = None
    val_split: Annotated[
        Path | None,
        typer.Option("--val-split", metavar="LIST", help="Frames of --val that a text file names, one a line."),
    ] = None


@dataclass(frozen=True)
class ExchangeOptions:
    """What workers send each other; see `squeezeseg.distributed.exchange.Exchange`."""

    hook: Annotated[
        Literal["plain", "fp16", "bf16", "powersgd-1", "powersgd-2", "powersgd-4"],
        typer.Option(
            "--hook",
            rich_help_panel=_WORKERS,
            help="How gradients go: as they are, in 16 bits, or as thin matrices of a rank (PowerSGD).",
        ),
    ] = "plain"
    own_loss: Annotated[
        bool,
        typer.Option(
            "--own-loss",
            rich_help_panel=_WORKERS,
            help="Each worker's own loss, not the whole batch's, for which all are sent the answers to all samples.",
        ),
    ] = False


@dataclass(frozen=True)
class RecipeOptions:
    """The settings of a recipe that have an option, by the names of `TrainSettings`; None: not given."""

    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            rich_help_panel=_RECIPE,
            show_default="squeezeseg",
            help="squeezeseg, fast, any that 'squeezeseg models' lists, or a .json file of 'squeezeseg search'.",
        ),
    ] = None
    steps: StepsOption = None
    batch: BatchOption = None
    rate: RateOption = None
    schedule: Annotated[str | None, typer.Option("--schedule", rich_help_panel=_RECIPE, help="cosine or step.")] = None
    focal: Annotated[
        float | None,
        typer.Option("--focal", rich_help_panel=_RECIPE, help="Gamma of the focal loss; 0: cross entropy."),
    ] = None
    uses: Annotated[
        float | None,
        typer.Option(
            "--fresh",
            metavar="USES",
            rich_help_panel=_RECIPE,
            min=1,
            help="Simulate while training: streets never repeat, and a scan is used so often on average (2, say). For "
            "runs that would use each of --simulate's scans much more often.",
        ),
    ] = None
    crf_steps: Annotated[
        int | None, typer.Option("--crf-steps", rich_help_panel=_RECIPE, help="Batches that fit the CRF afterwards.")
    ] = None
    seed: SeedOption = None
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"] | None,
        typer.Option(
            "--precision",
            rich_help_panel=_RECIPE,
            show_default="auto",
            help="auto: bfloat16 where the hardware multiplies it.",
        ),
    ] = None
    compile: Annotated[
        bool | None,
        typer.Option("--compile/--no-compile", rich_help_panel=_RECIPE, help="Compile the network (needs g++)."),
    ] = None

    @property
    def given(self) -> dict[str, Any]:
        """The options that were given."""
        return {name: value for name, value in asdict(self).items() if value is not None}
