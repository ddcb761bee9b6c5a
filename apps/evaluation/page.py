"""Page of scores: all that `squeezeseg eval` measures, for people, as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from apps.console import count
from apps.evaluation.examine import Examined
from apps.evaluation.frames import frames, worst
from apps.evaluation.html import facts, whole_page
from apps.evaluation.sections import confidence, confusion, distances, objects, scores
from apps.evaluation.style import ALL, class_style
from apps.evaluation.tables import listed_labels, percent, span, unknown
from data.labels import CLASS_TABLE, CLASSES


def page(
    examined: Examined,
    *,
    command: str,
    note: str = "",
    pictures: int = 0,
    view: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> str:
    """The whole page. note: shown on top, the writer's own words. pictures: frames to draw, the worst ones.

    view: the command that shows the same labels in the viewer; without it the page says nothing of the viewer.
    """
    result = examined.result
    sections = [
        ("Scores", scores(result)),
        ("By distance", distances(result)),
        ("Objects", objects(result)),
        ("What is taken for what", confusion(result)),
        ("Confidence", confidence(result)),
        ("Frame by frame", frames(examined)),
        ("The worst frames", worst(examined, pictures, progress, view)),
        ("How it was made", _origin(result)),
    ]
    title = f"Scores on {result['source']}"
    return document(title, _head(result, command, note), sections)


def document(title: str, head: str, sections: Sequence[tuple[str, str]]) -> str:
    """A page of sections, with links to them on top. title: text. head, and the second of each section: HTML."""
    links = "".join(f'<a href="#s{k}">{escape(name)}</a>' for k, (name, _) in enumerate(sections))
    body = "".join(f'<section id="s{k}"><h2>{escape(t)}</h2>{text}</section>' for k, (t, text) in enumerate(sections))
    return whole_page(title, f"<h1>{escape(title)}</h1>{head}<nav>{links}</nav>{body}")


def _head(result: dict[str, Any], command: str, note: str) -> str:
    about = f"{count(result['frames'], 'labelled frame')}, {result['points']:,} {result['per']}s, of which "
    about += f"{percent(1 - result['unscored']) if result['unscored'] is not None else '-'} % are scored"
    weights = result["weights"]
    about += f". Weights {weights['file']} ({str(weights['checksum'])[:12]}), {result['engine']}"
    if result["failed"]:
        about += f"; {count(len(result['failed']), 'frame')} left out that can't be read"
    if result["unknown"]:
        about += f". {unknown(result)}"
    mean_of = f"of the classes with true {result['per']}s"
    cards = [_card("mean", ALL, result["mean_iou"], result["intervals"]["mean_iou"], mean_of)]
    for name, iou in result["iou"].items():
        cards.append(
            _card(name, class_style(name), iou, result["intervals"]["iou"][name], f"on {_rests(result, name)}")
        )
    shown = f'<p class="note">{escape(note)}</p>' if note else ""
    return f'<p class="soft">{escape(about)}</p>{shown}<pre>{escape(command)}</pre>' + (
        f'<div class="cards">{"".join(cards)}</div>'
    )


def _rests(result: dict[str, Any], name: str) -> str:
    """The points and objects that a score rests on: '504 points of 1 cyclist'."""
    points, objects = result["truth_points"][name], result["objects"][name]["truth"]
    known = CLASS_TABLE[CLASSES.index(name)]
    return f"{points:,} {result['per']}s of {objects:,} {known.name if objects == 1 else known.plural}"


def _card(name: str, style: str, iou: float | None, ends: list[float] | None, rests: str) -> str:
    known = f"{percent(iou)} %" if iou is not None else "-"
    interval = f"{span(ends).replace('-', ' to ')} %, " if ends else ""
    return (
        f'<div class="{escape(style)}">{escape(name)} IoU<b>{known}</b><small>{interval}{escape(rests)}</small></div>'
    )


def _origin(result: dict[str, Any]) -> str:
    weights, made, speed = result["weights"], result["settings"], result["stages_ms"]
    rows = [
        ("source", result["source"]),
        ("weights", f"{weights['file']} ({weights['model']})"),
        ("checksum", str(weights["checksum"])),
        ("engine", result["engine"]),
        ("CRF", "yes" if made["crf"] else "no"),
        ("objects told apart", "yes" if made["objects"] else "no"),
        ("unknown below, %", f"{100 * made['unknown_below']:g}"),
        ("view, degrees", " to ".join(f"{edge:+g}" for edge in result["view"])),
        ("class map", result["class_map"]),
        ("counted per", result["per"]),
    ]
    if "predictions" in result:
        rows.append(("saved labels", result["predictions"]))
    if speed and "total" in speed:
        rows.append(("time a scan, p50", f"{speed['total']['p50']:.1f} ms"))
    if result["unknown_labels"]:
        rows.append(("labels not known", listed_labels(result["unknown_labels"])))
    rows += [("left out", reason) for reason in result["failed"]]
    return facts(rows)
