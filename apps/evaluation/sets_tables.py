"""The scores of `squeezeseg eval SETS.yaml` as tables in the terminal, in per cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape

from apps import console
from apps.evaluation.tables import listed_labels, percent, resampled, span, unknown


def report_sets(result: dict[str, Any]) -> None:
    """Print the result of each model, then what they were compared with."""
    for number, model in enumerate(result["models"]):
        if number:
            console.say()
        _report(model, result["held_out"])
    for one in result["differences"]:
        console.say()
        _report_differences(one)


def rows(model: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """The pools of a result, each followed by its sets: name, scores, and whether it is a pool."""
    for name, pool in model["pools"].items():
        yield name, pool, True
        for one in pool["sets"]:
            yield one, model["sets"][one], False


def _report(model: dict[str, Any], held_out: bool) -> None:
    first = next(iter(model["pools"].values()))
    names = list(first["iou"])
    weights = model["weights"]
    console.say(f"[bold]{escape(model['name'])}[/bold] ({str(weights['checksum'])[:12]}, {escape(model['engine'])})")
    _scores(model, names)
    _by_distance(model, names)
    _objects(model, names)
    _calibration(model, names)
    if model["without_crf"] is not None:
        _crf(model, names)
    console.say()
    for name, pool in model["pools"].items():
        console.say(f"{name}: {resampled(pool)}", style="dim")
        if pool["unknown"]:
            console.say(f"{name}: {unknown(pool)}")
        if pool["unknown_labels"]:
            listed = listed_labels(pool["unknown_labels"])
            console.say(f"{name}: labels that are not known, and not scored: {escape(listed)}")
    console.say(looks(model["looks"], held_out), style="dim")


def looks(looked: Mapping[str, Any], held_out: bool) -> str:
    """How often the sets were looked at."""
    text = f"looks at these sets so far: {looked['count']:,}"
    if held_out or looked["held_out"]:
        text += f", of which {looked['held_out']:,} at those held out"
    return f"{text} (in {looked['file']})"


def _scores(model: dict[str, Any], names: list[str]) -> None:
    table = console.table("IoU", "frames", *(part for name in names for part in (name, "95 %")), "mean", "95 %")
    for name, scores, pooled in rows(model):
        ends = scores["intervals"]
        cells = [part for n in names for part in (percent(scores["iou"][n]), span(ends["iou"][n]))]
        mean = (percent(scores["mean_iou"]), span(ends["mean_iou"]))
        _add(table, name, pooled, f"{scores['frames']:,}", *cells, *mean)
    console.show(table)


def _by_distance(model: dict[str, Any], names: list[str]) -> None:
    table = console.table("IoU by distance", *(part for name in names for part in (name, "true points")))
    for kind, pool in model["pools"].items():
        for zone, iou in pool["by_distance"].items():
            points = pool["points_by_distance"][zone]
            cells = [part for name in names for part in (percent(iou[name]), f"{points[name]:,}")]
            table.add_row(f"{escape(kind)}, {zone} m", *cells)
    console.say()
    console.show(table)


def _objects(model: dict[str, Any], names: list[str]) -> None:
    table = console.table("objects found of true, and false", *(part for name in names for part in (name, "false")))
    for name, scores, pooled in rows(model):
        each = [scores["objects"][n] for n in names]
        cells = [part for n in each for part in (f"{n['detected']:,} of {n['truth']:,}", f"{n['false']:,}")]
        _add(table, name, pooled, *cells)
    console.say()
    console.show(table)


def _calibration(model: dict[str, Any], names: list[str]) -> None:
    parts = (part for name in names for part in (name, "by chance", "objects"))
    table = console.table("ECE of points called", *parts, "any of them")
    for name, scores, pooled in rows(model):
        if (reliability := scores["reliability"]) is None:
            continue
        cells = []
        for curve in (reliability["by_class"][n] for n in names):
            chance = curve["by_chance"]
            cells += [percent(curve["ece"]), percent(chance["mean"]), f"{chance['objects']:,}"]
        _add(table, name, pooled, *cells, percent(reliability["objects"]["ece"]))
    console.say()
    console.show(table)
    console.say("by chance: the ECE of so few objects if they were right as often as they claim", style="dim")


def _crf(model: dict[str, Any], names: list[str]) -> None:
    table = console.table("IoU without CRF, and its gain", *(part for name in [*names, "mean"] for part in (name, "")))
    for name, _, pooled in rows(model):
        gain = model["without_crf"]["pools" if pooled else "sets"][name]["gain"]
        _add(table, name, pooled, *_changes(gain, names))
    console.say()
    console.show(table)


def _report_differences(one: dict[str, Any]) -> None:
    console.say(f"[bold]{escape(one['model'])}[/bold] against {escape(one['against'])}: IoU there, and the difference")
    pools = {name: change for name, change in one["pools"].items() if change is not None}
    names = list(next(iter(pools.values()))["iou"])
    table = console.table("", "frames", *(part for name in [*names, "mean"] for part in (name, "")))
    for name, change in pools.items():
        _add(table, name, True, f"{change['frames']:,}", *_changes(change, names))
        for zone, iou in change["by_distance"].items():
            cells = _changes({"iou": iou, "mean_iou": None}, names)
            _add(table, f"{zone} m", False, "", *cells)
    for name, change in one["sets"].items():
        if change is not None:
            _add(table, name, True, f"{change['frames']:,}", *_changes(change, names))
    console.show(table)


def _changes(change: Mapping[str, Any], names: list[str]) -> list[str]:
    """Of each class and the mean: what it was, and the difference with its interval."""
    each = [change["iou"][name] for name in names] + [change["mean_iou"]]
    return [part for one in each for part in (percent(one and one["old"]), signed(one))]


def signed(change: Mapping[str, Any] | None) -> str:
    """'+1.2 [-0.3, +2.5]'; '-' where it isn't known."""
    if change is None or change["difference"] is None:
        return "-"
    ends = (
        "" if change["interval"] is None else " [" + ", ".join(f"{100 * end:+.1f}" for end in change["interval"]) + "]"
    )
    return f"{100 * change['difference']:+.1f}{ends}"


def _add(table: Any, name: str, pooled: bool, *cells: str) -> None:
    """A row of a pool, or below it of one of its sets."""
    shown = [escape(cell) for cell in cells]
    table.add_row(escape(name) if pooled else f"  {escape(name)}", *shown, style="bold" if pooled else "")
