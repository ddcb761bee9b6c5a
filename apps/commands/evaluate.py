"""`squeezeseg eval`: labels scored against a recording's ground truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from apps import console
from apps.commands.evaluate_sets import NOT_FOR_SETS, SetsOptions, evaluate_sets, is_sets_file
from apps.evaluation.output import ScoreRecord, draw_worst, write, write_page
from apps.evaluation.tables import report as print_report
from apps.evaluation.tracks import NOT_FOR_TRACKS, evaluate_tracks
from apps.links import view_words
from apps.opening import as_loaded, load_segmenter, open_selected, typed_path
from apps.option_groups import Models, given_options, takes
from apps.options import ClassMapOption, JsonOption, PredictionsOption, RayOption, Selection, StrictOption

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings

_REPORT = "Report"
VOID = ("view", "engine", "precision", "crf", "objects", "unknown_below")
"""Settings that change nothing where saved labels are scored."""
NOT_FOR_BOXES = (
    "predictions",
    "per",
    "html",
    "pictures",
    "record",
    "note",
    "ray",
    "against",
    "held_out",
    "compare_crf",
)
"""Options that are of points' labels, or of sets."""


@dataclass(frozen=True)
class ReportOptions:
    """Where the scores go: a file, a page, the weights; and the pictures of the worst frames."""

    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", rich_help_panel=_REPORT, help="Write the JSON there as well."),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", rich_help_panel=_REPORT, help="Write all of it as one page."),
    ] = None
    pictures: Annotated[
        int | None,
        typer.Option(
            "--pictures",
            metavar="N",
            rich_help_panel=_REPORT,
            help="Draw the N worst frames: in the page (4 if not given), without one in runs/NAME-worst.",
        ),
    ] = None
    record: Annotated[
        str | None,
        typer.Option(
            "--record",
            metavar="NAME",
            rich_help_panel=_REPORT,
            help="Write the scores into the header of the weights' file, under this name.",
        ),
    ] = None
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", rich_help_panel=_REPORT, help="Words to put on top of the page.")
    ] = ""


@dataclass(frozen=True)
class ScoredOptions:
    """What is scored: points, tracks or boxes."""

    per: Annotated[
        Literal["point", "pixel"],
        typer.Option("--per", help="Score all points, or those seen in the range image as SqueezeSeg's paper does."),
    ] = "point"
    tracks: Annotated[
        bool,
        typer.Option("--tracks", help="Score a run's tracks against the true ones: HOTA, MOTA, IDF1."),
    ] = False
    boxes: Annotated[
        bool,
        typer.Option("--boxes", help="Score the boxes of objects instead: average precision in 3D and from above."),
    ] = False


@takes(scored=ScoredOptions, report=ReportOptions, sets=SetsOptions, selection=Selection, models=Models())
def evaluate(
    context: typer.Context,
    source: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE", help="A recording with labels, several, or a .yaml file of sets."),
    ],
    predictions: PredictionsOption = None,
    class_map: ClassMapOption = "default",
    strict: StrictOption = False,
    ray: RayOption = None,
    as_json: JsonOption = False,
    *,
    scored: ScoredOptions,
    report: ReportOptions,
    sets: SetsOptions,
    selection: Selection,
    models: list[InferenceSettings],
) -> None:
    """Score the labels of a recording against its ground truth.

    Intersection over union, precision and recall over points, all frames together; by distance, at the borders of
    objects, and by object. Points without ground truth (outside the camera's image for KITTI, classes that are left
    out) are not scored. A .yaml file of sets gives the scores of several recordings, pooled and one by one.
    """
    from apps.evaluation.boxes import examine_boxes, report_boxes
    from apps.evaluation.examine import examine, examine_saved
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.inference.network_choice import named

    per, boxes = scored.per, scored.boxes
    out, html, pictures = report.out, report.html, report.pictures
    if boxes and (void := given_options(context, *NOT_FOR_BOXES)):
        raise InputError(f"{void[0]}: not with --boxes, which is a table of its own; leave out one of them")
    if boxes and is_sets_file(source):
        raise InputError("--boxes: of a recording, not of a file of sets; name the recording")
    if pictures is not None and pictures < 0:
        raise InputError(f"pictures {pictures}: must be 0 or more")
    if ray is not None and (predictions is not None or is_sets_file(source)):
        raise InputError("--ray: for labels that are made of a recording; leave it out")
    if is_sets_file(source):
        if void := given_options(context, "tracks", *NOT_FOR_SETS):
            raise InputError(f"{void[0]}: not with a file of sets, which says it for each; leave it out")
        if pictures and html is None:
            raise InputError("--pictures: of a file of sets they are in the page; give --html FILE as well")
        evaluate_sets(
            source[0], models, sets, per=per, strict=strict, out=out, html=html,
            pictures=4 if pictures is None else pictures, note=report.note, as_json=as_json,
        )  # fmt: skip
        return
    if only := given_options(context, "against", "held_out", "compare_crf"):
        raise InputError(f"{only[0]}: for a .yaml file of sets, not for a recording")
    if len(models) > 1:
        raise InputError("--model: several models are scored on a .yaml file of sets; give one for a recording")
    (settings,) = models
    if scored.tracks:
        if void := given_options(context, *NOT_FOR_TRACKS):
            raise InputError(f"{void[0]}: not with --tracks, which scores nothing but tracks; leave it out")
        evaluate_tracks(
            open_selected(source, settings, selection, predictions), predictions,
            class_map=class_map, strict=strict, out=out, as_json=as_json,
        )  # fmt: skip
        return
    recording = open_selected(source, settings, selection, predictions)
    for file in (out, html):
        if file is not None:
            check_writable(file, file=True)
    if boxes:
        scores = examine_boxes(recording, load_segmenter(recording, settings), class_map)
        if out is not None:
            write(out, json.dumps(scores, indent=2, allow_nan=False))
        if as_json:
            console.print_json(scores)
        else:
            report_boxes(scores)
        return
    drawn = Path("runs", f"{recording.name}-worst") if pictures and html is None else None
    if drawn is not None:
        check_writable(drawn)
    if report.record is not None and predictions is not None:
        raise InputError("--record: saved labels may be of other weights; score without --predictions")
    score_record = None
    if report.record is not None:
        settings = named(settings)
        score_record = ScoreRecord.prepare(settings.model, report.record)
    if predictions is None:
        lanes = min(settings.lanes or usable_cores(), len(recording)) if ray is None else usable_cores()
        segmenter = load_segmenter(recording, settings, lanes=lanes)
        settings = as_loaded(settings, segmenter)
        examined = examine(
            recording, segmenter, class_map=class_map, strict=strict, per=per, lanes=lanes, ray=ray,
            workers=settings.lanes,
        )  # fmt: skip
    else:
        for option in given_options(context, *VOID):
            console.warn(f"{option} has no effect on labels that are saved")
        examined = examine_saved(recording, predictions, class_map=class_map, strict=strict, per=per)
    if score_record is not None:
        score_record.write(examined)
    if out is not None:
        write(out, json.dumps(examined.result, indent=2, allow_nan=False))
    if as_json:
        console.print_json(examined.result)
    else:
        print_report(examined.result)
    if html is not None:
        view = view_words(typed_path(source, recording), settings, class_map, predictions)
        write_page(html, examined, note=report.note, pictures=4 if pictures is None else pictures, view=view)
    elif drawn is not None:
        draw_worst(drawn, examined, pictures or 0)
