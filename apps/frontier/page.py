"""Page of a frontier: plots and a table that can be sorted, as one HTML file that needs nothing else."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from html import escape

from apps.evaluation.html import facts, whole_page
from apps.evaluation.tables import percent
from apps.frontier.options import PRECISIONS
from apps.frontier.plot import SETS, about, figure
from apps.frontier.table import CLASS_NAMES, by_model, verdict
from squeezeseg.frontier.records import Record
from squeezeseg.frontier.scores import KINDS
from squeezeseg.frontier.standing import Spread, front_of, mean_iou, standings

_RULES = """
.sorted th { white-space: normal } .sorted th, .sorted td { padding: 5px 8px }
th[aria-sort] { cursor: pointer; user-select: none; vertical-align: bottom }
th[aria-sort]:focus-visible { outline: 2px solid var(--accent) }
th[aria-sort=ascending]::after { content: " \\2191" } th[aria-sort=descending]::after { content: " \\2193" }
tr.front td:first-child { font-weight: 600 }
.picture img { display: block; width: 100%; max-width: 1000px; height: auto }
"""
_SCRIPT = """
for (const table of document.querySelectorAll("table.sorted")) {
  const heads = [...table.querySelectorAll("th")], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const sort = () => {
      const falls = head.getAttribute("aria-sort") === "none" ? column > 0 : head.ariaSort === "ascending";
      heads.forEach(one => one.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.value ?? "";
      const missing = row => key(row) === "";
      [...body.rows].sort((a, b) => {
        if (missing(a) || missing(b)) return missing(a) - missing(b);
        const order = column ? key(a) - key(b) : key(a).localeCompare(key(b));
        return falls ? -order : order;
      }).forEach(row => body.append(row));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") {
      event.preventDefault(); sort(); } });
  });
}
"""
_HOW = (
    "Every network was trained with the same samples, steps and seed, and is scored alone: the likeliest class of each "
    "pixel, without CRF and objects. Times are of the network alone on 64 x 512 pixels, one at a time, all networks in "
    "one run and in turn; a kB is 1,000 bytes, in float16 of the file of weights, in int8 of the graph's weights; mJ "
    "are modelled, with 8.5 MB of memory on the chip, not measured."
)
_PLOT = (
    "Each point is a network in the precision that costs it least: on this machine, for latency. The line is the "
    "Pareto front: what a cost buys at best. Dotted lines go through SqueezeSeg: what lies left of and above their "
    "crossing beats it."
)


def page(records: Sequence[Record]) -> str:
    """The whole page."""
    parts = [f"<h1>The frontier</h1><p class='soft'>{escape(about(records[0]))}</p>"]
    verdicts = (verdict(standings(records, kind), kind) for kind in KINDS)
    parts += [f'<p class="note">{escape(line).replace(" %", "&nbsp;%")}</p>' for line in verdicts if line]
    parts.append(f"<p>{escape(_HOW)}</p>")
    for kind in KINDS:
        if standings(records, kind):
            frames = max(one.frames.get(kind, 0) for one in records)
            parts.append(
                f"<section><h2>Accuracy on {frames:,} {escape(SETS[kind])}</h2>{_table(records, kind)}"
                f'<figure class="picture">{_picture(records, kind)}<figcaption>{escape(_PLOT)}</figcaption></figure>'
                "</section>"
            )
    parts.append(f"<section><h2>Costs</h2>{_costs(records)}</section>")
    if failed := _failures(records):
        parts.append(f"<section><h2>What failed</h2>{facts(failed)}</section>")
    parts.append(f"<section><h2>How it was made</h2>{facts(_origin(records[0]))}</section>")
    return whole_page("The frontier", "".join(parts), rules=_RULES, script=_SCRIPT)


def _table(records: Sequence[Record], kind: str) -> str:
    """Scores, the highest mean first; those on the front of IoU and latency in bold."""
    networks = standings(records, kind)
    front = {one.model for one in front_of(networks)}
    fastest = {one.model: one for one in networks}
    rows = []
    for model, seeds in by_model(records).items():
        scores = [mean_iou(seeds, kind, "float32", name) for name in ("mean", *CLASS_NAMES)]
        if scores[0] is None:
            continue
        cells = [_score(one) for one in (*scores, mean_iou(seeds, kind, "int8"))]
        own = fastest.get(model)
        cells.append(_cell(own.cost, f"{own.cost:.2f}", own.precision) if own else _cell(None, ""))
        cells.append(_cell(len(seeds), str(len(seeds))))
        rows.append((-scores[0].mean, model, cells))
    head = ["network", "mean IoU, %", *CLASS_NAMES, "mean in int8", "ms, fastest", "seeds"]
    return _sortable(head, [(model, cells, model in front) for _, model, cells in sorted(rows)], 1, "descending")


def _costs(records: Sequence[Record]) -> str:
    """Costs, the fastest first."""
    energies = sorted({name for one in records for name in one.energy_mj}, key=PRECISIONS.index)
    rows = []
    for model, seeds in by_model(records).items():
        one = seeds[0]
        cells = [_cell(one.parameters, f"{one.parameters:,}"), _cell(one.macs, f"{one.macs / 1e9:.2f}")]
        for name in ("float16", "int8"):
            size = one.bytes.get(name)
            cells.append(_cell(size, "" if size is None else f"{size / 1e3:,.0f}"))
        for name in PRECISIONS:
            found = one.ms.get(name)
            cells.append(
                _cell(found.median, f"{found.median:.2f}", f"p90 {found.p90:.2f}") if found else _cell(None, "")
            )
        for name in energies:
            energy = one.energy_mj.get(name)
            cells.append(_cell(energy, "" if energy is None else f"{energy:#.3g}"))
        seconds = [seed.train_seconds for seed in seeds if seed.train_seconds is not None]
        cells.append(_cell(*((sum(seconds), f"{sum(seconds) / len(seconds) / 60:.1f}") if seconds else (None, ""))))
        rows.append((min((latency.median for latency in one.ms.values()), default=float("inf")), model, cells))
    head = ["network", "parameters", "GMAC", "kB, float16", "kB, int8"]
    head += [f"ms, {name}" for name in PRECISIONS] + [f"mJ, {name}" for name in energies] + ["minutes trained"]
    return _sortable(head, [(model, cells, False) for _, model, cells in sorted(rows)])


def _sortable(
    head: Sequence[str], rows: Sequence[tuple[str, Sequence[str], bool]], by: int | None = None, order: str = "none"
) -> str:
    top = "".join(
        f'<th scope="col" tabindex="0" aria-sort="{order if k == by else "none"}">{escape(text)}</th>'
        for k, text in enumerate(head)
    )
    body = "".join(
        f"<tr{' class=front' if marked else ''}>"
        f'<td data-value="{escape(name)}">{escape(name)}{" *" * marked}</td>{"".join(cells)}</tr>'
        for name, cells, marked in rows
    )
    return f'<div class="table"><table class="sorted"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: float | None, text: str, small: str = "") -> str:
    below = f"<small>{escape(small)}</small>" if small else ""
    return f'<td data-value="{"" if value is None else value}">{escape(text) or "-"}{below}</td>'


def _score(value: Spread | None) -> str:
    if value is None:
        return _cell(None, "")
    seeds = f"{percent(value.low)} to {percent(value.high)}" if value.seeds > 1 else ""
    return _cell(value.mean, percent(value.mean), seeds)


def _picture(records: Sequence[Record], kind: str) -> str:
    file = io.BytesIO()
    figure(records, kind).savefig(file, format="png", dpi=140)
    data = b64encode(file.getvalue()).decode()
    return f'<img alt="Mean IoU on {escape(SETS[kind])} against costs" src="data:image/png;base64,{data}">'


def _failures(records: Sequence[Record]) -> list[tuple[str, str]]:
    whole = [(f"{one.model}, seed {one.seed}", one.error) for one in records if one.error is not None]
    parts = [
        (f"{one.model}, seed {one.seed}, {part}", reason) for one in records for part, reason in one.errors.items()
    ]
    return whole + parts


def _origin(record: Record) -> list[tuple[str, str]]:
    return [
        ("processor", record.processor),
        ("threads", str(record.threads)),
        ("steps of each training", f"{record.steps:,} of {record.batch} samples"),
        ("scans scored", ", ".join(f"{number:,} {kind}" for kind, number in record.frames.items())),
        ("versions", ", ".join(f"{name} {number}" for name, number in record.versions.items())),
    ]
