"""The scores of `squeezeseg eval` as tables in the terminal, in per cent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from apps import console


def report(result: dict[str, Any]) -> None:
    """Print a result as tables."""
    names = list(result["iou"])
    intervals, objects = result["intervals"], result["objects"]
    scores = console.table(f"per cent of {result['per']}s", *names, "mean")
    iou = [percent(result["iou"][name]) for name in names]
    scores.add_row("IoU", *iou, percent(result["mean_iou"]), style="bold")
    ends = [span(intervals["iou"][name]) for name in names]
    scores.add_row(f"{intervals['level']:.0%} interval", *ends, span(intervals["mean_iou"]))
    for key in ("precision", "recall"):
        scores.add_row(f"{result['per']} {key}", *(percent(result[key][name]) for name in names), "")
    for distance, iou in result["by_distance"].items():
        scores.add_row(f"IoU {distance} m", *(percent(iou[name]) for name in names), "")
    for key in ("border", "interior"):
        scores.add_row(
            f"IoU at {key}s" if key == "border" else "IoU inside",
            *(percent(result["borders"][key]["iou"][name]) for name in names),
            "",
        )
    scores.add_row(f"true {result['per']}s", *(f"{result['truth_points'][name]:,}" for name in names), "")
    scores.add_row("true objects", *(f"{objects[name]['truth']:,}" for name in names), "")
    console.say(f"[bold]{escape(result['source'])}[/bold]: {console.count(result['frames'], 'labelled frame')}")
    console.show(scores)

    # The points' precision and recall stand above: these are the objects'.
    head = ("objects", "true", "detected", "%", "predicted", "false", "object\nprecision", "object\nrecall")
    found = console.table(*head)
    for name in names:
        n = objects[name]
        numbers = (f"{n['truth']:,}", f"{n['detected']:,}", percent(n["detection_rate"]), f"{n['predicted']:,}")
        found.add_row(name, *numbers, f"{n['false']:,}", percent(n["precision"]), percent(n["recall"]))
    console.say()
    console.show(found)

    classes = result["confusion"]["classes"]
    matrix = console.table("truth \\ label", *classes)
    for name, row in zip(classes, result["confusion"]["rows_are_truth"], strict=True):
        matrix.add_row(name, *(f"{count:,}" for count in row))
    console.say()
    console.show(matrix)
    console.say(
        f"{result['unscored']:.1%} of {result['points']:,} {result['per']}s not scored: no ground truth, or not in view"
    )
    if result["unknown"]:
        console.say(unknown(result))
    if result["unknown_labels"]:
        listed = listed_labels(result["unknown_labels"])
        console.say(f"labels in the ground truth that are not known, and not scored: {escape(listed)}")
    console.say(resampled(result), style="dim")
    if (reliability := result["reliability"]) is not None:
        errors = " and of those called an object ".join(percent(reliability[key]["ece"]) for key in ("all", "objects"))
        console.say(f"confidence is off by (ECE, per cent) {errors}", style="dim")


def resampled(result: dict[str, Any]) -> str:
    """The samples that the intervals rest on."""
    intervals = result["intervals"]
    if intervals["units"] < 2:
        return "no intervals: a single sample"
    few = "; so few that they say little" if intervals["units"] < 10 else ""
    return f"intervals: {intervals['resamples']:,} resamples of {intervals['units']} {intervals['unit']}{few}"


def unknown(result: dict[str, Any]) -> str:
    """The share that the scores leave out because no label was given."""
    return f"{result['unknown']:.1%} of the {result['per']}s in view with ground truth are unknown, and not scored"


def listed_labels(counts: Mapping[str, int]) -> str:
    """Labels with the number of their boxes or points: 'truck_trailer (12), tree (1)'."""
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items())


def percent(share: float | None) -> str:
    """'81.2', or '-' for what is not known."""
    return "-" if share is None or math.isnan(share) else f"{100 * share:.1f}"


def span(ends: list[float] | None) -> str:
    """'78.0-83.1'."""
    return "-" if ends is None else "-".join(percent(end) for end in ends)
