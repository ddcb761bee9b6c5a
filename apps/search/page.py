"""Page of a search: the distribution of every decision over time, as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from apps.evaluation.html import facts, table, whole_page
from apps.evaluation.tables import percent
from apps.search.plots import curve, ranking, strip
from squeezeseg.search.run.log import Log
from squeezeseg.search.run.result import Found
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.space import Space
from squeezeseg.search.table.latency_table import LatencyTable

_RULES = """
.decisions { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(540px, 100%), 1fr)); gap: 8px 32px }
.decisions h3 { margin: 18px 0 4px } .decisions table { width: 100% }
.decisions th, .decisions td { padding: 1px 8px; font-size: .85rem; border: 0 }
.decisions td:nth-child(2) { width: 100% }
.decisions td:first-child { min-width: 14rem; white-space: normal; overflow-wrap: anywhere }
.decisions svg { height: 14px; border: 1px solid var(--line) } .decisions svg rect { fill: var(--accent) }
tr.taken td:first-child { font-weight: 600 }
code { overflow-wrap: anywhere } .plots .line, .plots circle { --own: var(--accent) }
.plots circle.best { --own: var(--warn) } .bound { stroke: var(--warn); stroke-dasharray: 5 5; fill: none }
"""
_HOW = (
    "All networks share the weights of one super net. Each step trains those of one network that is drawn; from the "
    "step on at which the architecture is learned, too, a few more networks are drawn and compared on other samples. "
    "What is drawn is within the bound. The networks ranked were drawn at the end, from the last distribution; their "
    "losses are of samples held back, with shared weights, and say less of a network than its own training does."
)
_STRIPS = (
    "A strip shows from left to right, from the first step to the last, how likely an option was: the darker, the "
    "likelier. The number is its last probability; in bold is what the best network took."
)


def page(
    log: Log,
    settings: SearchSettings,
    space: Space,
    found: Sequence[Found],
    latencies: LatencyTable,
    core_seconds: float,
) -> str:
    """The whole page."""
    title = f"A search in space {space.name}"
    about = f"{settings.method}, at most {settings.latency * 1e3:g} ms: {latencies.target}"
    parts = [f"<h1>{escape(title)}</h1><p class='soft'>{escape(about)}</p><p>{escape(_HOW)}</p>"]
    parts.append(f"<section><h2>Networks found</h2>{_found(found)}</section>")
    parts.append(f'<section><h2>Over time</h2><div class="plots">{_plots(log, settings, found)}</div></section>')
    if log.distributions:
        parts.append(
            f"<section><h2>The distribution</h2><p>{escape(_STRIPS)}</p>"
            f'<div class="decisions">{_decisions(log, space, found)}</div></section>'
        )
    parts.append(
        f"<section><h2>How it was made</h2>{facts(_origin(settings, space, latencies, core_seconds))}</section>"
    )
    return whole_page(title, "".join(parts), rules=_RULES)


def _found(found: Sequence[Found]) -> str:
    rows = []
    for one in found:
        iou = one.ranked.mean_iou
        cells = [f"{one.ranked.seconds * 1e3:.3g}", f"{one.ranked.loss:.3f}", "-" if iou is None else percent(iou)]
        rows.append([one.architecture.name, *cells])
    described = [
        (one.architecture.name, " | ".join(map(" ".join, (*one.architecture.stages, one.architecture.head))))
        for one in found
    ]
    return table(["network", "ms", "loss", "mean IoU, %"], rows) + facts(described)


def _plots(log: Log, settings: SearchSettings, found: Sequence[Found]) -> str:
    bound = settings.latency * 1e3
    steps = [step for step, _, _ in log.loss]
    figures = [(curve(steps, [loss for _, loss, _ in log.loss], "loss of the networks trained"), "")]
    figures.append((curve(steps, [1e3 * t for _, _, t in log.loss], "ms of the networks trained", bound), ""))
    best = {one.ranked.choices for one in found}
    points = [(1e3 * one.seconds, one.loss, one.choices in best) for one in log.ranked]
    figures.append((ranking(points), "networks ranked; those found in the other colour"))
    return "".join(f"<figure>{svg}<figcaption>{escape(text)}</figcaption></figure>" for svg, text in figures)


def _decisions(log: Log, space: Space, found: Sequence[Found]) -> str:
    taken = found[0].ranked.choices if found else ()
    parts = []
    for number, decision in enumerate(space.decisions):
        if len(decision.options) < 2:
            continue
        rows = ""
        for option, text in enumerate(decision.options):
            shares = [probabilities[number][option] for _, probabilities in log.distributions]
            marked = " class=taken" if taken and taken[number] == option else ""
            cells = (escape(text.replace("_c{c}", "")), strip(shares, text), f"{100 * shares[-1]:.0f}&nbsp;%")
            rows += f"<tr{marked}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        parts.append(f"<div><h3>{escape(decision.name)}</h3><table>{rows}</table></div>")
    return "".join(parts)


def _origin(
    settings: SearchSettings, space: Space, latencies: LatencyTable, core_seconds: float
) -> list[tuple[str, str]]:
    recipe = settings.recipe
    return [
        ("networks in the space", f"{space.size:,}"),
        ("steps", f"{recipe.steps:,} of {recipe.batch} samples, {settings.alone:,} of them of the weights alone"),
        ("loss", f"CE * {settings.alpha:g} * (ln LAT)^{settings.beta:g}, LAT in microseconds"),
        ("networks compared in a step", str(settings.paths) if settings.method == "dnas" else "none"),
        ("seed", str(recipe.seed)),
        ("latencies", f"{latencies.target}, {latencies.height} x {latencies.width} pixels, {latencies.date}"),
        ("core-minutes", f"{core_seconds / 60:.1f}"),
    ]
