"""`squeezeseg eval`: labels scored against a recording's ground truth."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from apps import console
from apps.evaluation.tables import report
from apps.opening import load_segmenter, open_selected
from apps.options import (
    CrfOption,
    EngineOption,
    EveryOption,
    FramesOption,
    HeightOption,
    JsonOption,
    NeighboursOption,
    ObjectsOption,
    PrecisionOption,
    SensorOption,
    SourceArgument,
    SplitOption,
    StrictOption,
    UnknownBelowOption,
    ViewOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from apps.evaluation.examine import Examined

_REPORT = "Report"


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
    per: Annotated[
        Literal["point", "pixel"],
        typer.Option("--per", help="Score all points, or those seen in the range image as SqueezeSeg's paper does."),
    ] = "point",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the JSON there as well.")] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", rich_help_panel=_REPORT, help="Write all of it as one page."),
    ] = None,
    pictures: Annotated[
        int | None,
        typer.Option(
            "--pictures",
            metavar="N",
            rich_help_panel=_REPORT,
            help="Draw the N worst frames: in the page (4 if not given), without one in runs/NAME-worst.",
        ),
    ] = None,
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", rich_help_panel=_REPORT, help="Words to put on top of the page.")
    ] = "",
    strict: StrictOption = False,
    as_json: JsonOption = False,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
    view: ViewOption = "full",
    sensor: SensorOption = None,
    height: HeightOption = None,
    weights: WeightsOption = "squeezeseg",
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
    objects: ObjectsOption = True,
    unknown_below: UnknownBelowOption = 0.0,
) -> None:
    """Score the labels of a recording against its ground truth.

    Intersection over union, precision and recall over points, all frames together; by distance, at the borders of
    objects, and by object. Points without ground truth (outside the camera's image for KITTI, classes that are left
    out) are not scored.
    """
    from apps.evaluation.examine import examine, examine_saved
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines.base import usable_cores

    if pictures is not None and pictures < 0:
        raise InputError(f"pictures {pictures}: must be 0 or more")
    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    for file in (out, html):
        if file is not None:
            check_writable(file, file=True)
    drawn = Path("runs", f"{recording.name}-worst") if pictures and html is None else None
    if drawn is not None:
        check_writable(drawn)
    if predictions is None:
        lanes = min(usable_cores(), len(recording))
        segmenter = load_segmenter(
            recording,
            view=view,
            weights=weights,
            engine=engine,
            precision=precision,
            crf=crf,
            neighbours=neighbours,
            objects=objects,
            unknown_below=unknown_below,
            lanes=lanes,
        )
        examined = examine(recording, segmenter, class_map=class_map, strict=strict, per=per, lanes=lanes)
    else:
        given = {
            "--view": view != "full",
            "--engine": engine != "auto",
            "--precision": precision != "auto",
            "--no-crf": not crf,
            "--no-objects": not objects,
            "--unknown-below": unknown_below > 0,
        }
        for option in (name for name, is_given in given.items() if is_given):
            console.warn(f"{option} has no effect on labels that are saved")
        examined = examine_saved(recording, predictions, class_map=class_map, strict=strict, per=per)
    if out is not None:
        _write(out, json.dumps(examined.result, indent=2, allow_nan=False))
    if as_json:
        console.print_json(examined.result)
    else:
        report(examined.result)
    if html is not None:
        _write_page(html, examined, note=note, pictures=4 if pictures is None else pictures)
    elif drawn is not None:
        _draw(drawn, examined, pictures or 0)


def _write_page(file: Path, examined: Examined, *, note: str, pictures: int) -> None:
    from apps.evaluation.page import page

    command = shlex.join(["squeezeseg", *sys.argv[1:]])
    with console.progress("drawing", pictures) as progress:
        _write(file, page(examined, command=command, note=note, pictures=pictures, progress=progress))
    console.note(f"page: {file}")


def _draw(folder: Path, examined: Examined, count: int) -> None:
    from apps.drawing.error_figures import error_figures, save_figure
    from data.atomic import atomic_write

    with console.progress("drawing", count) as progress:
        for done, (frame, _) in enumerate(examined.study.ranked(count), start=1):
            figures = error_figures(*examined.again(frame.name))
            for kind, figure in zip(("range", "above"), figures, strict=True):
                with atomic_write(folder / f"{frame.name}_{kind}.png") as stream:
                    save_figure(stream, figure, "png")
            progress(done)
    console.note(f"the worst frames: {folder}")


def _write(path: Path, text: str) -> None:
    from data.atomic import atomic_write

    with atomic_write(path) as file:
        file.write(text.encode())
