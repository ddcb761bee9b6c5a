"""The weights before and after training: their start, the fits to scans held back, the scores."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from apps import console
from data.labels import ClassMap
from data.sources import Source
from squeezeseg import Segmenter
from squeezeseg.evaluation.labelled_frames import evaluate
from squeezeseg.training.calibrate import calibrate as fit
from squeezeseg.training.initial import initial_network
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import load_weights, save_model


def initial(init: str | None, settings: TrainSettings) -> Any:
    """The network to start from, or None for a fresh one."""
    if init is None:
        return None
    import torch

    torch.manual_seed(settings.seed)
    return initial_network(init, settings.model, batch_norm=settings.batch_norm)


def calibrate(weights: Path, held: list[Source], classes: ClassMap) -> None:
    """Fit the temperature and the object classifier on what training hasn't seen; write them into the weights."""
    with console.progress("calibrating", 2 * sum(len(source) for source in held)) as progress:
        save_model(weights, fit(load_weights(weights), held, classes, progress))


def score(source: Source, weights: Path, classes: ClassMap) -> dict[str, Any]:
    """Scores of finished weights on a labelled source."""
    segmenter = Segmenter.load(weights, sensor=source.sensor, view="full" if source.labels_around else "front")
    with console.progress(f"scoring {source.name}", len(source)) as progress:
        result = evaluate(source, lambda _, scan: segmenter(scan).labels, classes, progress=progress)
    scores = result.as_dict()
    return {key: scores[key] for key in ("frames", "iou", "mean_iou", "truth_points")}


def report(weights: Path, scores: Mapping[str, Any]) -> None:
    """Say what the weights reached, where they are, and what to do next."""
    for name, one in scores.items():
        found = ", ".join(f"{k} {v:.1%}" if v is not None else f"{k} -" for k, v in one["iou"].items())
        console.say(f"IoU on {escape(name)}, {console.count(one['frames'], 'frame')}: [bold]{found}[/bold]")
    console.say(f"weights written to [bold]{escape(str(weights))}[/bold]")
    console.say(f"next: squeezeseg segment DRIVE --model {escape(shlex.quote(str(weights)))}", style="dim")
