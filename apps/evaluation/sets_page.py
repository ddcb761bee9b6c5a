"""Page of the scores on sets: of each model a table of all sets, and of each pool what a recording's page has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from apps import console
from apps.evaluation.frames import frames, worst
from apps.evaluation.html import Cell, table
from apps.evaluation.output import write
from apps.evaluation.page import document
from apps.evaluation.sections import confidence, confusion, distances, objects, scores
from apps.evaluation.sets import ScoredSets
from apps.evaluation.sets_tables import looks, rows, signed
from apps.evaluation.tables import percent, span
from apps.given_command import given_command


def write_sets_page(
    file: Path, result: dict[str, Any], scored: Sequence[ScoredSets], *, note: str, pictures: int
) -> None:
    """Write the page, which names the command that made it. Raises InputError if it can't be written."""
    command = given_command()
    total = pictures * sum(len(one.pools) for one in scored)
    with console.progress("drawing", total) as progress:
        write(file, page(result, scored, command=command, note=note, pictures=pictures, progress=progress))
    console.note(f"page: {file}")


def page(
    result: dict[str, Any],
    scored: Sequence[ScoredSets],
    *,
    command: str,
    note: str = "",
    pictures: int = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> str:
    """The whole page. pictures: of the worst frames of each pool."""
    sections = [(one["name"], overview(one)) for one in result["models"]]
    sections += [(f"{one['model']} against {one['against']}", changes(one)) for one in result["differences"]]
    drawn = 0
    for one in scored:
        for kind, pool in one.pools.items():

            def told(done: int, before: int = drawn) -> None:
                progress(before + done)

            parts = [
                ("Scores", scores(pool.result)),
                ("By distance", distances(pool.result)),
                ("Objects", objects(pool.result)),
                ("What is taken for what", confusion(pool.result)),
                ("Confidence", confidence(pool.result)),
                ("Frame by frame", frames(pool)),
                ("The worst frames", worst(pool, pictures, told, anchor=f"p{drawn}f")),
            ]
            sections.append((f"{one.name}, {kind}", "".join(f"<h3>{name}</h3>{text}" for name, text in parts)))
            drawn += pictures
    shown = f'<p class="note">{escape(note)}</p>' if note else ""
    told_looks = "".join(
        f'<p class="soft">{escape(looks(one["looks"], result["held_out"]))}</p>' for one in result["models"][-1:]
    )
    return document(f"Scores on {result['sets_file']}", f"{told_looks}{shown}<pre>{escape(command)}</pre>", sections)


def overview(model: dict[str, Any]) -> str:
    """All pools and sets of a model: IoU; objects and ECE; and what the CRF gains."""
    names = list(next(iter(model["pools"].values()))["iou"])
    ious: list[list[Cell]] = []
    found: list[list[Cell]] = []
    crf: list[list[Cell]] = []
    for name, scored, pooled in rows(model):
        title: Cell = name if not pooled else (name, f"{console.count(len(scored['sets']), 'set')} pooled")
        ends, curves = scored["intervals"], scored["reliability"]
        each = [(percent(scored["iou"][n]), span(ends["iou"][n])) for n in names]
        ious.append([title, f"{scored['frames']:,}", *each, (percent(scored["mean_iou"]), span(ends["mean_iou"]))])
        counted = [scored["objects"][n] for n in names]
        objects = [(f"{n['detected']:,} of {n['truth']:,}", f"{n['false']:,} false") for n in counted]
        errors: list[Cell] = ["-"] * len(names)
        if curves is not None:
            given = [curves["by_class"][n] for n in names]
            errors = [(percent(curve["ece"]), f"by chance {percent(curve['by_chance']['mean'])}") for curve in given]
        found.append([title, *objects, *errors])
        if (without := model["without_crf"]) is not None:
            crf.append([title, *_changed(without["pools" if pooled else "sets"][name]["gain"], names)])
    weights = model["weights"]
    per = next(iter(model["pools"].values()))["per"]
    text = (
        f'<p class="soft">Weights {escape(str(weights["file"]))} ({escape(str(weights["checksum"])[:12])}), '
        f"{escape(model['engine'])}. Small print: 95 % intervals, by resampling recordings, or blocks of frames where "
        f"there are fewer than five.</p>{table(['per cent', 'frames', *(f'{n} IoU' for n in names), 'mean'], ious)}"
        f"<p>Objects found, and the calibration error (ECE, per cent) of the {per}s that were called each class. Small "
        f"print: objects that are none; the ECE that so few would have if they were right as often as they claim.</p>"
        f"{table(['', *(f'{n}s found' for n in names), *(f'{n} ECE' for n in names)], found)}"
    )
    if crf:
        head = ["IoU, per cent", *(f"{n} without" for n in names), "mean without"]
        text += f"<h3>Without the CRF</h3><p>Small print: what it gains.</p>{table(head, crf)}"
    return text


def changes(one: dict[str, Any]) -> str:
    """What a model gains over another result."""
    lines: list[list[Cell]] = []
    known = {**one["pools"], **{f"set {name}": change for name, change in one["sets"].items()}}
    names: list[str] = []
    for name, change in known.items():
        if change is not None:
            names = list(change["iou"])
            lines.append([(name, f"{change['frames']:,} frames"), *_changed(change, names)])
    head = ["IoU, per cent", *names, "mean"]
    return (
        "<p>The IoU there; small print: what is gained here, and the 95 % interval of that, both results resampled "
        f"alike.</p>{table(head, lines)}"
    )


def _changed(change: dict[str, Any], names: Sequence[str]) -> list[Cell]:
    each = [change["iou"][name] for name in names] + [change["mean_iou"]]
    return [(percent(one["old"]), signed(one)) for one in each]
