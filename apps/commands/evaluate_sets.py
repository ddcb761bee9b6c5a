"""`squeezeseg eval SETS.yaml`: models scored on all sets of a file at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import console

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings
    from squeezeseg.evaluation.study import Per

_SETS = "A file of sets"
NOT_FOR_SETS = (
    "predictions", "class_map", "frames", "every", "split", "topic", "labels", "view", "sensor", "height", "record",
)  # fmt: skip
"""Options of `eval` that the file has, or that have no meaning there."""


@dataclass(frozen=True)
class SetsOptions:
    """What there is to say of a file of sets."""

    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            rich_help_panel=_SETS,
            help="Compare with an earlier result, which --out wrote: differences and their intervals.",
        ),
    ] = None
    held_out: Annotated[
        bool,
        typer.Option("--held-out", rich_help_panel=_SETS, help="Score the sets that are held out as well."),
    ] = False
    compare_crf: Annotated[
        bool,
        typer.Option(
            "--compare-crf", rich_help_panel=_SETS, help="Score without the CRF as well, after one run of the network."
        ),
    ] = False


def is_sets_file(source: Sequence[Path]) -> bool:
    """True if a file of sets was given, not a recording."""
    from squeezeseg.evaluation.sets import SUFFIXES

    return len(source) == 1 and source[0].suffix.lower() in SUFFIXES and not source[0].is_dir()


def evaluate_sets(
    path: Path,
    models: Sequence[InferenceSettings],
    options: SetsOptions,
    *,
    per: Per,
    strict: bool,
    out: Path | None,
    html: Path | None,
    pictures: int,
    note: str,
    as_json: bool,
) -> None:
    """Score models on the sets of a file, count the look, and tell."""
    from apps.evaluation.comparison import compare, earlier_of, frame_counts, read_result
    from apps.evaluation.looks import Looks
    from apps.evaluation.output import write
    from apps.evaluation.sets import open_sets, record_looks, score_sets
    from apps.evaluation.sets_tables import report_sets
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.evaluation.sets import read_sets
    from squeezeseg.inference.network_choice import named

    models = [named(settings) for settings in models]
    names = [settings.model for settings in models]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"--model {double}: given twice; give each model once")
    listed = read_sets(path)
    chosen = [one for one in listed if options.held_out or not one.held_out]
    if not chosen:
        raise InputError(f"{path}: all of its sets are held out; --held-out scores them")
    if options.held_out and len(chosen) == sum(not one.held_out for one in listed):
        raise InputError(f"--held-out: {path} has no set that is held out")
    for file in (out, html):
        if file is not None:
            check_writable(file, file=True)
    earlier = read_result(options.against) if options.against is not None else {}
    others = {name: earlier_of(options.against, earlier, name) for name in names if options.against is not None}
    looks = Looks.of(path)
    scored = score_sets(open_sets(chosen, models[0]), models, per=per, strict=strict, compare_crf=options.compare_crf)
    record_looks(looks, scored, held_out=options.held_out)
    differences = [compare(one, *others[one.name]) for one in scored if one.name in others]
    differences += [compare(one, scored[0].name, frame_counts(scored[0])) for one in scored[1:]]
    result = {
        "sets_file": str(path),
        "per": per,
        "held_out": options.held_out,
        "left_out": [one.name for one in listed if one not in chosen],
        "models": [one.result for one in scored],
        "differences": differences,
    }
    if out is not None:
        write(out, json.dumps(result, indent=2, allow_nan=False))
    if as_json:
        console.print_json(result)
    else:
        report_sets(result)
    if html is not None:
        from apps.evaluation.sets_page import write_sets_page

        write_sets_page(html, result, scored, note=note, pictures=pictures)
