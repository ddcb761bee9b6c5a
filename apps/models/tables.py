"""The listing of networks as tables in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from apps import console
from squeezeseg.catalogue.trained import WEIGHTS

SET = 50
"""Letters of a data set's name that are shown."""


def report(result: Mapping[str, Any], hints: Sequence[str]) -> None:
    """Print a listing as JSON has it, and what else there is to say."""
    groups = {one["name"]: _place(one) for one in result["trained"]}
    for place in dict.fromkeys(groups.values()):
        _networks(
            f"Trained, {place}", [one for one in result["trained"] if groups[one["name"]] == place], _trained_name
        )
    _networks("To train, for range images", [one for one in result["networks"] if one["usual_head"]])
    _networks("To train, with other heads", [one for one in result["networks"] if not one["usual_head"]])
    _published(result["published"])
    for one in result["trained"]:
        _scores(one)
    for one in result["trained"]:
        if one["found_for"] is not None:
            how = f"found by search for {one['found_for']}, in {one['search_core_minutes']:g} core-minutes"
            console.say(escape(f"{_trained_name(one)}: {how}"))
    for hint in hints:
        console.say(hint, style="dim")


def _networks(
    title: str, rows: Sequence[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str] | None = None
) -> None:
    if not rows:
        return
    table = console.table("", "parameters", "MB float16", "MB int8", "GMAC", "ms", title=title)
    for one in rows:
        size = one["bytes"]
        cells = [
            _number(one["parameters"], ","),
            _number(size["float16"], ".2f", 1e-6),
            _number(size["int8"], ".2f", 1e-6),
            _number(one["gmac"], ".2f"),
            _number(one["ms"], ".1f"),
        ]
        table.add_row(escape(name(one) if name else one["name"]), *cells)
    console.show(table)
    measured = dict.fromkeys(f"{m['engine']}, {m['day']}" for one in rows if (m := one["measured"]))
    if measured:
        console.say(f"ms: {'; '.join(measured)}", style="dim")
    console.say()


def _published(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    table = console.table("", "parameters", "MB float16", "MMAC", "pixels", title="As published, for pictures")
    for one in rows:
        image = f"{one['image']['width']} x {one['image']['height']}"
        cells = [_number(one["parameters"], ","), _number(one["bytes"]["float16"], ".2f", 1e-6)]
        table.add_row(one["name"], *cells, _number(one["gmac"], ",.1f", 1e3), image)
    console.show(table)
    console.say()


def _scores(one: Mapping[str, Any]) -> None:
    if not one["iou"]:
        return
    classes = list(dict.fromkeys(name for score in one["iou"].values() for name in score))
    table = console.table("", *classes, title=f"IoU of {escape(_trained_name(one))}, per cent")
    for name, score in one["iou"].items():
        shown = name if len(name) <= SET else f"{name[: SET - 3]}..."
        values = [score.get(kind) for kind in classes]
        table.add_row(escape(shown), *("-" if value is None else f"{100 * value:.1f}" for value in values))
    console.show(table)
    console.say()


def _place(one: Mapping[str, Any]) -> str:
    """Where a file of weights is: a run's folder is called by its name."""
    if one["shipped"]:
        return "part of this program"
    file = Path(one["file"])
    return f"in {file.parent.parent if file.name == WEIGHTS else file.parent}"


def _trained_name(one: Mapping[str, Any]) -> str:
    if one["shipped"]:
        return str(one["name"])
    file = Path(one["file"])
    name = file.parent.name if file.name == WEIGHTS else file.name
    return name if one["model"] in name else f"{name} ({one['model']})"


def _number(value: float | None, form: str, factor: float = 1) -> str:
    return "-" if value is None else f"{value * factor:{form}}"
