"""`squeezeseg train`: weights from labelled drives, real or simulated."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption, PrecisionOption, SplitOption

if TYPE_CHECKING:
    from data.labels import ClassMap
    from data.sources import Source
    from squeezeseg.training.loop import Progress, TrainSettings
    from squeezeseg.training.samples import SampleStore

_RECIPE = "Recipe"
SIMULATED, REHEARSED = 3200, 200
"""Scans that are simulated to learn from, and to go on rehearsing what was learned."""
HELD = 0.05
"""Share of each recording that is held back, for what is fitted to the finished network."""


def train(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE", help="Labelled drives. Without any, drives are simulated."),
    ] = None,
    split: SplitOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/train"),
    simulated: Annotated[
        int | None,
        typer.Option(
            "--simulate",
            metavar="N",
            min=2,
            help="Scans to simulate where no SOURCE is given (3200), or to rehearse with --init (200).",
        ),
    ] = None,
    validate: Annotated[
        list[Path] | None,
        typer.Option("--val", metavar="SOURCE", help="Score the result on it; may be given more than once."),
    ] = None,
    val_split: Annotated[
        Path | None,
        typer.Option("--val-split", metavar="LIST", help="Frames of --val that a text file names, one a line."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            "--init",
            metavar="FILE",
            help="Start from 'shipped' weights, from a file of ours, or from SqueezeNet's (Keras .h5).",
        ),
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="A .yaml file with any setting of the recipe.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", rich_help_panel=_RECIPE, help="squeezeseg or fast.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", rich_help_panel=_RECIPE, help="Batches.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", rich_help_panel=_RECIPE, help="Samples in a batch.")] = None,
    rate: Annotated[float | None, typer.Option("--rate", rich_help_panel=_RECIPE, help="Peak learning rate.")] = None,
    schedule: Annotated[str | None, typer.Option("--schedule", rich_help_panel=_RECIPE, help="cosine or step.")] = None,
    focal: Annotated[
        float | None,
        typer.Option("--focal", rich_help_panel=_RECIPE, help="Gamma of the focal loss; 0: cross entropy."),
    ] = None,
    crf_steps: Annotated[
        int | None, typer.Option("--crf-steps", rich_help_panel=_RECIPE, help="Batches that fit the CRF afterwards.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", rich_help_panel=_RECIPE, help="Of all randomness.")] = None,
    precision: PrecisionOption = "auto",
    compiled: Annotated[
        bool | None,
        typer.Option("--compile/--no-compile", rich_help_panel=_RECIPE, help="Compile the network (needs g++)."),
    ] = None,
    map_name: Annotated[
        str,
        typer.Option(
            "--class-map", metavar="NAME", help="How the data's object types become classes: default or squeezeseg."
        ),
    ] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train a network, its CRF and its object classifier on labelled drives.

    Started from weights of ours, only the network is trained, gently, half of the time on simulated scans as before:
    that adapts it to a sensor or a town, and it doesn't forget what these scans don't show.
    """
    from data.labels import class_map
    from projection import InputError
    from squeezeseg.training.initial import carry_over, is_ours
    from squeezeseg.training.loop import train as run
    from squeezeseg.training.recipe import read_settings
    from squeezeseg.training.samples import hold_out
    from squeezeseg.weights import load_weights, record_score, save_model

    given = {
        "model": model,
        "steps": steps,
        "batch": batch,
        "rate": rate,
        "schedule": schedule,
        "focal": focal,
        "crf_steps": crf_steps,
        "seed": seed,
        "compile": compiled,
        "precision": None if precision == "auto" else precision,
    }
    tuned = init is not None and is_ours(init)
    given = {key: value for key, value in given.items() if value is not None}
    settings = read_settings(settings_file, given, tuned=tuned)
    if (out / "log.jsonl").exists() and not resume:
        raise InputError(f"{out}: holds a run; go on with it by --resume, or choose another --out")
    classes = class_map(map_name)
    opened = _open(sources or [], split, out, simulated or SIMULATED, settings.seed)
    scored = [_open_one(path, val_split) for path in validate or []]
    for source in scored:
        if not source.labelled:  # said now, not after hours of training
            raise InputError(f"{source.path}: no labels to score against; give another --val")
    network = _start(init, settings)
    learned, held = hold_out(opened, 0.0 if tuned else HELD)
    store = _store(learned, out / "samples", map_name)
    rehearsal = None
    if tuned and sources and settings.rehearse > 0:
        rehearsal = _store(_open([], None, out, simulated or REHEARSED, settings.seed), out / "rehearsal", map_name)
    command = shlex.join(["squeezeseg", "train", *(word for word in sys.argv[2:] if word != "--resume")])
    with console.progress("training", settings.steps + settings.crf_steps) as progress, _board(out) as board:

        def on_step(at: Progress) -> None:
            progress(at.step + (settings.steps if at.phase == "crf" else 0))
            board(at)

        try:
            weights = run(
                settings,
                store,
                out,
                sensor=replace(opened[0].base_sensor, cut=None),
                command=command,
                init=network,
                rehearsal=rehearsal,
                on_step=on_step,
            )
        except KeyboardInterrupt:
            console.note(f"interrupted; go on with: {command} --resume")
            raise
    if tuned:
        assert init is not None
        save_model(weights, carry_over(load_weights(weights), init))
    else:
        _calibrate(weights, held, classes)
    scores = {source.name: _score(source, weights, classes) for source in scored}
    for name, score in scores.items():
        record_score(weights, name, score)
    if as_json:
        console.print_json({"weights": str(weights), "samples": len(store), "scores": scores})
        return
    for name, score in scores.items():
        found = ", ".join(f"{k} {v:.1%}" if v is not None else f"{k} -" for k, v in score["iou"].items())
        console.say(f"IoU on {escape(name)}, {console.count(score['frames'], 'frame')}: [bold]{found}[/bold]")
    console.say(f"weights written to [bold]{escape(str(weights))}[/bold]")
    console.say(f"next: squeezeseg segment DRIVE --model {escape(shlex.quote(str(weights)))}", style="dim")


def _open_one(path: Path, split: Path | None = None) -> Source:
    from data.sources import open_source, select

    return select(open_source(path), split=split)


def _open(paths: list[Path], split: Path | None, out: Path, simulated: int, seed: int) -> list[Source]:
    """The sources named, or freshly simulated ones: many short streets rather than one long drive."""
    if paths:
        return [_open_one(path, split) for path in paths]
    from data.simulator import simulate

    with console.progress("simulating", simulated) as progress:
        drive = simulate(out / "drives", simulated, seed, 2, 1.0, progress=lambda done, _: progress(done))
    return [_open_one(drive)]


def _store(opened: list[Source], folder: Path, map_name: str) -> SampleStore:
    from data.labels import class_map
    from squeezeseg.training.samples import build_store

    with console.progress("reading scans", sum(len(source) for source in opened)) as progress:
        return build_store(opened, folder, class_map(map_name), lambda done, _: progress(done))


def _calibrate(weights: Path, held: list[Source], classes: ClassMap) -> None:
    """Fit the temperature and the object classifier on what training hasn't seen; write them into the weights."""
    from squeezeseg.training.calibrate import calibrate
    from squeezeseg.weights import load_weights, save_model

    with console.progress("calibrating", 2 * sum(len(source) for source in held)) as progress:
        save_model(weights, calibrate(load_weights(weights), held, classes, progress))


def _start(init: str | None, settings: TrainSettings) -> Any:
    """The network to start from, or None for a fresh one."""
    if init is None:
        return None
    import torch

    from squeezeseg.training.initial import initial_network

    torch.manual_seed(settings.seed)
    return initial_network(init, settings.model, batch_norm=settings.batch_norm)


def _score(source: Source, weights: Path, classes: ClassMap) -> dict[str, Any]:
    """Scores of finished weights on a labelled source."""
    from squeezeseg import Segmenter
    from squeezeseg.evaluation.labelled_frames import evaluate

    segmenter = Segmenter.load(weights, sensor=source.sensor, view="full" if source.labels_around else "front")
    with console.progress(f"scoring {source.name}", len(source)) as progress:
        result = evaluate(source, lambda _, scan: segmenter(scan).labels, classes, progress=progress)
    scores = result.as_dict()
    return {key: scores[key] for key in ("frames", "iou", "mean_iou", "truth_points")}


@contextmanager
def _board(out: Path) -> Iterator[Callable[[Progress], None]]:
    """What writes each step for TensorBoard, where that is installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield lambda _: None
        return
    with SummaryWriter(str(out / "tensorboard")) as writer:

        def write(at: Progress) -> None:
            writer.add_scalar(f"{at.phase}/loss", at.loss, at.step)
            writer.add_scalar(f"{at.phase}/rate", at.rate, at.step)

        yield write
