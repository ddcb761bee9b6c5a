"""`squeezeseg eval`: labels scored against a recording's ground truth."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from apps import console
from apps.opening import load_segmenter, open_selected
from apps.options import (
    CrfOption,
    EveryOption,
    FramesOption,
    HeightOption,
    JsonOption,
    NeighboursOption,
    PrecisionOption,
    SensorOption,
    SourceArgument,
    SplitOption,
    StrictOption,
    ViewOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from data.sources import Source
    from squeezeseg import Segmenter
    from squeezeseg.evaluation import Predict


def evaluate(
    source: SourceArgument,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", metavar="RUN", help="Score the labels in a run's folder, run no network."),
    ] = None,
    class_map: Annotated[
        str,
        typer.Option("--class-map", metavar="NAME", help="Which objects count as what: default or squeezeseg."),
    ] = "default",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the JSON there as well.")] = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
    view: ViewOption = "full",
    sensor: SensorOption = None,
    height: HeightOption = None,
    weights: WeightsOption = "squeezeseg",
    precision: PrecisionOption = "auto",
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
) -> None:
    """Score the labels of a recording against its ground truth.

    Intersection over union, precision and recall over points, all frames together. Points without ground
    truth (outside the camera's image for KITTI, classes that are left out) are not scored.
    """
    from apps.run_folder import check_writable

    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    if out is not None:
        check_writable(out, file=True)
    if predictions is None:
        segmenter = load_segmenter(
            recording, view=view, weights=weights, precision=precision, crf=crf, neighbours=neighbours
        )
        result = score(recording, segmenter, class_map=class_map, strict=strict)
    else:
        given = {"--view": view != "full", "--precision": precision != "auto", "--no-crf": not crf}
        for option in (name for name, is_given in given.items() if is_given):
            console.warn(f"{option} has no effect on labels that are saved")
        result = score_saved(recording, predictions, class_map=class_map, strict=strict)
    if out is not None:
        from data.atomic import atomic_write

        with atomic_write(out) as file:
            file.write(json.dumps(result, indent=2, allow_nan=False).encode())
    if as_json:
        console.print_json(result)
    else:
        report(result)


def score(source: Source, segmenter: Segmenter, *, class_map: str = "default", strict: bool = False) -> dict[str, Any]:
    """Segment the labelled frames and score that; the result as JSON has it."""
    result = _score(source, lambda _, scan: segmenter(scan).labels, class_map, strict)
    card = segmenter.card
    return result | {
        "view": [segmenter.sensor.azimuth_left, segmenter.sensor.azimuth_right],
        "weights": {"file": card.file, "model": card.model, "checksum": card.checksum},
        "engine": segmenter.engine.name,
        "stages_ms": segmenter.clock.summary(),
    }


def score_saved(source: Source, run: Path, *, class_map: str = "default", strict: bool = False) -> dict[str, Any]:
    """Score the labels in a run's folder; the result as JSON has it. Raises InputError where one is missing."""
    from apps.run_folder import check_label_folder, read_run
    from squeezeseg.evaluation import saved_labels

    labels = saved_labels(check_label_folder(run))
    made = read_run(run)
    settings = made["settings"]
    result = _score(source, labels, class_map, strict)
    return result | {
        "view": [settings["sensor"]["azimuth_left"], settings["sensor"]["azimuth_right"]],
        "weights": settings["weights"],
        "engine": settings["engine"],
        "stages_ms": made.get("speed", {}).get("stages_ms"),
        "predictions": str(run),
    }


def _score(source: Source, predict: Predict, class_map: str, strict: bool) -> dict[str, Any]:
    from data.labels import class_map as named_class_map
    from squeezeseg import evaluation

    failed: list[str] = []

    def skip(_: object, error: ValueError) -> None:
        console.warn(f"{error} (skipped)")
        failed.append(str(error))

    chosen = named_class_map(class_map)
    with console.progress("scoring", len(source)) as progress:
        result = evaluation.evaluate(source, predict, chosen, failed=None if strict else skip, progress=progress)
    return result.as_dict() | {"source": str(source.path), "class_map": class_map, "failed": failed}


def report(result: dict[str, Any]) -> None:
    """Print a result as tables, in per cent."""
    names = list(result["iou"])
    scores = console.table("per cent of points", *names, "mean")
    iou = [_percent(result["iou"][name]) for name in names]
    scores.add_row("IoU", *iou, _percent(result["mean_iou"]), style="bold")
    for key in ("precision", "recall"):
        scores.add_row(key, *(_percent(result[key][name]) for name in names), "")
    for distance, iou in result["by_distance"].items():
        scores.add_row(f"IoU {distance} m", *(_percent(iou[name]) for name in names), "")
    scores.add_row("true points", *(f"{result['truth_points'][name]:,}" for name in names), "")
    console.say(f"[bold]{escape(result['source'])}[/bold]: {console.count(result['frames'], 'labelled frame')}")
    console.show(scores)

    classes = result["confusion"]["classes"]
    matrix = console.table("truth \\ label", *classes)
    for name, row in zip(classes, result["confusion"]["rows_are_truth"], strict=True):
        matrix.add_row(name, *(f"{count:,}" for count in row))
    console.say()
    console.show(matrix)
    console.say(f"{result['unscored']:.1%} of {result['points']:,} points not scored: no ground truth, or not in view")


def _percent(share: float | None) -> str:
    return "-" if share is None or math.isnan(share) else f"{100 * share:.1f}"
