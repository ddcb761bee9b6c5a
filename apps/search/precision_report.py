"""What a search for bits came to: a page, and what is printed of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from rich.markup import escape as escape_markup

from apps import console
from apps.evaluation.html import facts, whole_page
from apps.search.plots import curve, strip
from apps.search.precision_times import NO_TIME, milliseconds, show_times
from data.atomic import atomic_write
from squeezeseg.search.precision.loop import LOG, Found, Ranked
from squeezeseg.search.precision.result import about
from squeezeseg.search.precision.settings import ACTIVATION_BITS, WEIGHT_BITS, PrecisionSettings
from squeezeseg.search.table.latency_table import LatencyTable
from squeezeseg.weights import Model

PAGE = "precision.html"
_RULES = """
.strips td:nth-child(2), .strips td:nth-child(n+3) { padding: 1px 6px } .strips svg { height: 14px; width: 100% }
.strips svg { border: 1px solid var(--line) } .strips svg rect { fill: var(--accent) }
.strips td.taken { font-weight: 600 } .plots .line { --own: var(--accent) }
"""


def present(
    run: Path,
    file: Path,
    weights: str,
    settings: PrecisionSettings,
    model: Model,
    found: Found,
    core_seconds: float,
    tables: Sequence[LatencyTable],
    *,
    as_json: bool,
) -> None:
    """Write the page, and print. weights: as they were given. tables: of latencies, as many as there are.

    Raises:
        InputError: a file can't be written.
    """
    with atomic_write(run / PAGE) as page_file:
        page_file.write(_page(run / LOG, settings, model, found, core_seconds).encode())
    best = found.best
    if as_json:
        layers = {name: one.model_dump() for name, one in best.layers.items()}
        files = {"bits": str(file), "page": str(run / PAGE)}
        times = milliseconds(tables, model.card.architecture)
        told = about(settings, model, found, core_seconds)
        console.print_json({**told, "layers": layers, "saves_time": False, "times": times, "files": files})
        return
    shown = console.table("layer", "weights", "bits", *(["activations"] * (best.activation_bits is not None)))
    for name, one in best.layers.items():
        row = [f"{model.tensors[name].size:,}", str(one.weights)]
        if best.activation_bits is not None:
            row.append("as they are" if one.activations is None else str(one.activations))
        shown.add_row(_short(name), *row)
    console.show(shown)
    compared = console.table("bits of weights", "bytes", "divergence", "loss", title="rounded without training")
    compared.add_row("as found", *_cells(found.untrained), style="bold")
    for bits, same in found.uniform.items():
        compared.add_row(f"{bits} everywhere", *_cells(same))
    console.show(compared)
    if better := [bits for bits, one in found.uniform.items() if _as_good(one, settings.size, found.untrained)]:
        console.warn(f"{better[-1]} bits everywhere fit as well and damage less without training; try more --steps")
    if best.activation_bits is not None:
        console.say(f"activations: {best.activation_bits:.2f} bits as a mean; they are not in the file")
    show_times(tables, model.card.architecture)
    console.say(f"{core_seconds / 60:.1f} core-minutes; written: {escape_markup(f'{file}, {run / PAGE}')}")
    command = f"squeezeseg compress {shlex.quote(weights)} --bits {shlex.quote(str(file))}"
    console.say(f"next: {escape_markup(command)}", style="dim")


def _as_good(one: Ranked, size: int, best: Ranked) -> bool:
    """True for a way that costs no more, of bytes and of activations' bits, and does less damage."""
    fits = one.bytes <= size and (one.activation_bits or 0) <= (best.activation_bits or 0)
    return fits and one.divergence < best.divergence


def _cells(one: Ranked) -> tuple[str, str, str]:
    return f"{one.bytes:,}", f"{one.divergence:.5f}", f"{one.loss:.4f}"


def _short(name: str) -> str:
    return name.removeprefix("network.").removesuffix(".weight")


def _page(log: Path, settings: PrecisionSettings, model: Model, found: Found, core_seconds: float) -> str:
    """The page: the distribution of each layer's bits over time, as one HTML file that needs nothing else."""
    entries = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    title = f"Bits of {model.card.model}"
    curves = [
        curve([entry["step"] for entry in own], [entry[key] for entry in own], label)
        for key, label, own in (
            ("loss", "loss of the networks trained", [entry for entry in entries if entry["phase"] == "weights"]),
            ("divergence", "divergence of the mixture", [entry for entry in entries if entry["phase"] == "widths"]),
        )
    ]
    rows = [entry["probabilities"] for entry in entries if entry["phase"] == "distribution"]
    names = list(found.best.layers)
    parts = [_strips("Bits of weights", names, WEIGHT_BITS, [row[0] for row in rows], _taken(found, "weights"))]
    if rows and len(rows[0]) > 1:
        rounded = [name for name, one in found.best.layers.items() if one.activations is not None]
        own = [row[1] for row in rows]
        parts.append(_strips("Bits of activations", rounded, ACTIVATION_BITS, own, _taken(found, "activations")))
    told = [
        ("bytes of the file", f"{found.best.bytes:,}, told before training; at most {settings.size:,}"),
        (
            "divergence",
            f"{found.best.divergence:.5f} nats a pixel of samples held back, with the search's weights",
        ),
        ("without training", f"{found.untrained.divergence:.5f}"),
        *(
            (f"{bits} bits everywhere", f"{one.bytes:,} bytes, {one.divergence:.5f} without training")
            for bits, one in found.uniform.items()
        ),
        ("steps", f"{settings.recipe.steps:,} of {settings.recipe.batch} samples, seed {settings.recipe.seed}"),
        ("core-minutes", f"{core_seconds / 60:.1f}"),
        ("time", NO_TIME),
    ]
    main = (
        f"<h1>{escape(title)}</h1>{facts(told)}"
        f'<section><h2>Over time</h2><div class="plots">{"".join(f"<figure>{one}</figure>" for one in curves)}</div>'
        f"</section>{''.join(parts)}"
    )
    return whole_page(title, main, rules=_RULES)


def _taken(found: Found, kind: str) -> Mapping[str, int | None]:
    return {name: getattr(one, kind) for name, one in found.best.layers.items()}


def _strips(
    title: str,
    names: Sequence[str],
    widths: Sequence[int],
    rows: Sequence[Sequence[Sequence[float]]],
    taken: Mapping[str, int | None],
) -> str:
    """A table, a layer a row: how likely each width was, from the first step to the last."""
    body = ""
    for layer, name in enumerate(names):
        cells = ""
        for k, bits in enumerate(widths):
            shares = [row[layer][k] for row in rows]
            marked = ' class="taken"' if taken[name] == bits else ""
            last = f"{100 * shares[-1]:.0f}&nbsp;%" if shares else ""
            cells += f"<td>{strip(shares, f'{name}, {bits} bits')}</td><td{marked}>{last}</td>"
        body += f"<tr><td>{escape(_short(name))}</td>{cells}</tr>"
    head = "".join(f'<th colspan="2">{bits}</th>' for bits in widths)
    return (
        f"<section><h2>{escape(title)}</h2><p>From left to right, from the first step to the last: the darker, the "
        "likelier. The number is the last probability; in bold is what was taken.</p>"
        f'<div class="table strips"><table><tr><th>layer</th>{head}</tr>{body}</table></div></section>'
    )
