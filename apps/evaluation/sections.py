"""The parts of the page of scores that hold numbers: tables, and plots of them."""

from __future__ import annotations

from html import escape
from typing import Any

from apps.evaluation.html import Cell, table
from apps.evaluation.plots import Series, bars, lines
from apps.evaluation.style import ALL, class_style
from apps.evaluation.tables import percent, resampled, span
from data.labels import BACKGROUND, CLASSES


def scores(result: dict[str, Any]) -> str:
    """By class, with intervals."""
    names = list(result["iou"])
    borders, inside = result["borders"]["border"], result["borders"]["interior"]
    rows = [
        [
            name,
            percent(result["iou"][name]),
            span(result["intervals"]["iou"][name]),
            percent(result["precision"][name]),
            percent(result["recall"][name]),
            (percent(borders["iou"][name]), f"{borders['truth_points'][name]:,}"),
            (percent(inside["iou"][name]), f"{inside['truth_points'][name]:,}"),
            f"{result['truth_points'][name]:,}",
            f"{result['objects'][name]['truth']:,}",
        ]
        for name in names
    ]
    head = [
        "per cent",
        "IoU",
        f"{result['intervals']['level']:.0%} interval",
        f"{result['per']} precision",
        f"{result['per']} recall",
        "IoU at borders",
        "IoU inside",
        f"true {result['per']}s",
        "true objects",
    ]
    return (
        f"{table(head, rows)}<p>IoU is the share of right {result['per']}s among all that are or were labelled so; "
        "'-' where there is no true one. "
        f"Borders are within {result['borders']['within_pixels']} pixels of another class in the truth. "
        f"Small print counts true {result['per']}s. {escape(resampled(result).capitalize())}.</p>"
    )


def distances(result: dict[str, Any]) -> str:
    """IoU and objects detected, by class and distance."""
    names, zones = list(result["iou"]), list(result["by_distance"])
    ends = result["intervals"]["by_distance"]
    scores, detected = [], []
    for name in names:
        ious, whiskers = [result["by_distance"][zone][name] for zone in zones], [ends[zone][name] for zone in zones]
        scores.append(Series(name, class_style(name), ious, whiskers))
        by_distance = result["objects"][name]["by_distance"]
        detected.append(Series(name, class_style(name), [by_distance[zone]["detection_rate"] for zone in zones]))
    groups = [f"{zone} m" for zone in zones]
    plots = "".join(
        f"<figure>{bars(groups, series, label)}</figure>"
        for series, label in ((scores, "IoU, %"), (detected, "objects detected, %"))
    )
    rows = []
    for zone in zones:
        cells: list[Cell] = []
        for name in names:
            n, points = result["objects"][name]["by_distance"][zone], result["points_by_distance"][zone][name]
            cells.append((percent(result["by_distance"][zone][name]), f"{points:,} {result['per']}s"))
            cells.append((percent(n["detection_rate"]), f"{n['detected']:,} of {n['truth']:,}"))
        rows.append([f"{zone} m", *cells])
    head = ["per cent", *(part for name in names for part in (f"{name} IoU", "detected"))]
    return f'<div class="plots">{plots}</div>{table(head, rows)}'


def objects(result: dict[str, Any]) -> str:
    """By object."""
    objects, rows = result["objects"], []
    for name in result["iou"]:
        n = objects[name]
        rows.append(
            [
                name,
                f"{n['truth']:,}",
                (percent(n["detection_rate"]), f"{n['detected']:,}"),
                span(result["intervals"]["detection_rate"][name]),
                f"{n['predicted']:,}",
                (f"{n['false']:,}", f"{n['false'] / result['frames']:.2f} a frame"),
                percent(n["precision"]),
                percent(n["recall"]),
            ]
        )
    head = ["", "true", "detected, %", "interval", "predicted", "false", "object precision, %", "object recall, %"]
    sources = {"given": "as they were told apart", "connected": "what hangs together", None: "none"}
    true, predicted = (
        sources.get(objects[key], "partly told apart, else what hangs together")
        for key in ("truth_from", "predicted_from")
    )
    return (
        f"{table(head, rows)}<p>A true object is detected if half of its {result['per']}s have its class; a "
        f"predicted one is false if less than half of it truly has the class. Object precision and recall are of pairs "
        f"whose {result['per']}s have an IoU of one half. Objects of fewer than {objects['min_points']} are not "
        "counted. "
        f"True objects: {true}; predicted: {predicted}.</p>"
    )


def confusion(result: dict[str, Any]) -> str:
    """The confusion matrix, its rows as shares with the counts."""
    classes, matrix = result["confusion"]["classes"], result["confusion"]["rows_are_truth"]
    rows = ""
    for name, counts in zip(classes, matrix, strict=True):
        cells = ""
        for count in counts:
            share = count / sum(counts) if sum(counts) else 0
            shade = f"background: color-mix(in srgb, var(--accent) {60 * share:.1f}%, transparent)"
            known = f"{100 * share:.1f} %" if sum(counts) else "-"
            cells += f'<td style="{shade}">{known}<small>{count:,}</small></td>'
        rows += f"<tr><th>{escape(name)}</th>{cells}</tr>"
    head = "".join(f"<th>{escape(name)}</th>" for name in classes)
    return (
        f'<div class="table"><table><tr><th>truth ↓ label →</th>{head}</tr>{rows}</table></div>'
        f"<p>Each row adds up to 100 %: what became of the {result['per']}s that truly are of that class.</p>"
    )


def confidence(result: dict[str, Any]) -> str:
    """Reliability of the confidence, and what `--unknown-below` would leave."""
    if (measured := result["reliability"]) is None:
        return "<p>Saved labels have no confidence: score without <code>--predictions</code> to see it.</p>"
    curves = {"all": measured["all"], **measured["by_class"]}
    middles = [(a + b) / 2 for a, b in zip(measured["edges"], measured["edges"][1:], strict=False)]
    series = []
    for name, curve in curves.items():
        if name != CLASSES[BACKGROUND] and (most := max(curve["points"])):
            hints = [
                f"{name}: {n:,} at {percent(c)} %, right {percent(a)} %"
                for n, c, a in zip(curve["points"], curve["confidence"], curve["accuracy"], strict=True)
            ]
            sizes = [(n / most) ** 0.5 for n in curve["points"]]
            style = ALL if name == "all" else class_style(name)
            series.append(Series(name, style, curve["accuracy"], hints=hints, sizes=sizes))
    reliability = lines(middles, series, "confidence, %", "right, %", diagonal=True)
    rows = result["coverage"]
    kept = [
        Series("kept", class_style(CLASSES[BACKGROUND]), [r["kept"] for r in rows]),
        Series("of objects", ALL, [r["objects_kept"] for r in rows]),
        *(Series(f"{n} IoU", class_style(n), [r["iou"][n] for r in rows]) for n in result["iou"]),
    ]
    coverage = lines([r["below"] for r in rows], kept, "unknown below, %", "kept, and IoU of it, %")
    errors = table(
        ["", "ECE, %", "by chance, %", f"{result['per']}s", "objects"],
        [
            [name, percent(c["ece"]), chance, f"{sum(c['points']):,}", objects]
            for name, c in {"all": measured["all"], "objects": measured["objects"], **measured["by_class"]}.items()
            for chance, objects in [_by_chance(c)]
        ],
    )
    cells = [
        [
            percent(r["below"]),
            percent(r["kept"]),
            percent(r["objects_kept"]),
            percent(r["accuracy"]),
            *(percent(r["iou"][n]) for n in result["iou"]),
        ]
        for r in rows
    ]
    head = ["unknown below, %", "kept", "of objects", "accuracy", *(f"{n} IoU" for n in result["iou"])]
    return (
        f'<div class="plots"><figure>{reliability}<figcaption>Below the dashed line labels are less often right than '
        f"they claim; the larger a dot, the more of the class.</figcaption></figure><figure>{coverage}<figcaption>"
        "What is left, and how good it is, when labels below a confidence become unknown.</figcaption></figure></div>"
        f"{table(head, cells)}<p>The expected calibration error (ECE) is the mean gap between confidence and share of "
        f"right labels, by the class that was given. By chance: what it would be if the objects were right as often as "
        f"they claim, for all {result['per']}s of an object are right or wrong together.</p>{errors}"
    )


def _by_chance(curve: dict[str, Any]) -> tuple[str, str]:
    """The calibration error that a class's objects have by chance, and how many they are; nothing of other points."""
    chance = curve.get("by_chance")
    return ("", "") if chance is None else (percent(chance["mean"]), f"{chance['objects']:,}")
