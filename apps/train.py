"""`squeezeseg train`: weights from labelled drives, real or simulated."""

from __future__ import annotations

import difflib
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption

if TYPE_CHECKING:
    from data.sources import Source
    from squeezeseg.training import Progress, TrainSettings

_RECIPE = "Recipe"


def train(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SOURCE]...", help="Labelled drives. Without any, drives are simulated."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/train"),
    simulated: Annotated[
        int, typer.Option("--simulate", metavar="N", min=1, help="Scans to simulate where no SOURCE is given.")
    ] = 1200,
    validate: Annotated[
        list[Path] | None,
        typer.Option("--val", metavar="SOURCE", help="Score the result on it; may be given more than once."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            "--init",
            metavar="FILE",
            help="Start from ImageNet weights of SqueezeNet (Keras .h5), or from weights of ours.",
        ),
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="A .yaml file with any setting of the recipe.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", rich_help_panel=_RECIPE, help="Network.")] = None,
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
    compiled: Annotated[
        bool | None,
        typer.Option("--compile/--no-compile", rich_help_panel=_RECIPE, help="Compile the network (needs g++)."),
    ] = None,
    map_name: Annotated[
        str, typer.Option("--class-map", help="How the data's object types become classes: default or squeezeseg.")
    ] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train a network and its CRF on labelled drives."""
    from data.labels import class_map
    from projection import InputError
    from squeezeseg.training import train as run

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
    }
    settings = _settings(settings_file, {key: value for key, value in given.items() if value is not None})
    if (out / "log.jsonl").exists() and not resume:
        raise InputError(f"{out}: holds a run; go on with it by --resume, or choose another --out")
    classes = class_map(map_name)
    opened = _open(sources or [], out, simulated, settings.seed)
    scored = [_open_one(path) for path in validate or []]
    for source in scored:
        if not source.labelled:  # said now, not after hours of training
            raise InputError(f"{source.path}: no labels to score against; give another --val")
    network = _start(init, settings)
    store = _store(opened, out, map_name)
    command = shlex.join(["squeezeseg", "train", *sys.argv[2:]])
    with console.progress("training", settings.steps + settings.crf_steps) as progress, _board(out) as board:

        def on_step(at: Progress) -> None:
            progress(at.step + (settings.steps if at.phase == "crf" else 0))
            board(at)

        try:
            weights = run(
                settings, store, out, sensor=opened[0].sensor.name, command=command, init=network, on_step=on_step
            )
        except KeyboardInterrupt:
            console.note(f"interrupted; go on with: {command}{'' if resume else ' --resume'}")
            raise
    scores = {source.name: _score(source, weights, classes) for source in scored}
    if scores:
        _keep(weights, scores)
    if as_json:
        console.print_json({"weights": str(weights), "samples": len(store), "scores": scores})
        return
    for name, score in scores.items():
        found = ", ".join(f"{k} {v:.1%}" if v is not None else f"{k} -" for k, v in score["iou"].items())
        console.say(f"IoU on {escape(name)}, {console.count(score['frames'], 'frame')}: [bold]{found}[/bold]")
    console.say(f"weights written to [bold]{escape(str(weights))}[/bold]")
    console.say(f"next: squeezeseg segment DRIVE --weights {escape(shlex.quote(str(weights)))}", style="dim")


def _settings(path: Path | None, given: dict[str, Any]) -> TrainSettings:
    """Defaults < file < command line."""
    import yaml
    from pydantic import ValidationError

    from projection import InputError
    from squeezeseg.training import TrainSettings

    content: Any = {}
    if path is not None:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
        except (ValueError, yaml.YAMLError) as error:
            raise InputError(f"{path}: no YAML ({' '.join(str(error).split())}); mend it") from None
        if not isinstance(content, dict):
            raise InputError(f"{path}: expected settings as 'name: value' lines")
    try:
        return TrainSettings.model_validate({**content, **given})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            nearest = difflib.get_close_matches(key, TrainSettings.model_fields, 1, 0.0)[0]
            raise InputError(f"{path}: unknown setting {key!r}; did you mean {nearest!r}?") from None
        raise InputError(f"{path or 'settings'}: {key}: {first['msg']}") from None


def _open_one(path: Path) -> Source:
    from data.sources import open_source

    return open_source(path)


def _open(paths: list[Path], out: Path, simulated: int, seed: int) -> list[Source]:
    """The sources named, or freshly simulated ones: many short streets rather than one long drive."""
    if paths:
        return [_open_one(path) for path in paths]
    from data.simulator import simulate

    with console.progress("simulating", simulated) as progress:
        drive = simulate(out / "drives", simulated, seed, 2, progress=lambda done, _: progress(done))
    return [_open_one(drive)]


def _store(opened: list[Source], out: Path, map_name: str) -> Any:
    from data.labels import class_map
    from squeezeseg.samples import build_store

    with console.progress("reading scans", sum(len(source) for source in opened)) as progress:
        return build_store(opened, out / "samples", class_map(map_name), lambda done, _: progress(done))


def _start(init: str | None, settings: TrainSettings) -> Any:
    """The network to start from, or None for a fresh one."""
    if init is None:
        return None
    import torch

    from squeezeseg.initial import initial_network

    torch.manual_seed(settings.seed)
    return initial_network(init, settings.model, batch_norm=settings.batch_norm)


def _score(source: Source, weights: Path, classes: Any) -> dict[str, Any]:
    """Scores of finished weights on a labelled source."""
    from squeezeseg import Segmenter
    from squeezeseg.evaluation import evaluate

    segmenter = Segmenter.load(weights, sensor=source.sensor, view="full" if source.labels_around else "front")
    with console.progress(f"scoring {source.name}", len(source)) as progress:
        result = evaluate(source, lambda _, scan: segmenter(scan).labels, classes, progress=progress)
    scores = result.as_dict()
    return {key: scores[key] for key in ("frames", "iou", "mean_iou", "truth_points")}


def _keep(weights: Path, scores: dict[str, Any]) -> None:
    """Write the scores into the weights' header."""
    from dataclasses import replace

    from squeezeseg.model_file import Model, load_model, save_model

    model = load_model(weights)
    save_model(weights, Model(replace(model.card, scores=scores), model.tensors))


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
