"""A frontier as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.markup import escape

from apps import console
from apps.evaluation.tables import percent
from apps.frontier.options import PRECISIONS
from apps.frontier.plot import SETS, about
from data.labels import CLASSES, OBJECTS
from squeezeseg.frontier.examination import SCORED
from squeezeseg.frontier.records import Record
from squeezeseg.frontier.scores import KINDS
from squeezeseg.frontier.standing import YARDSTICK, Spread, Standing, better, front_of, mean_iou, standings

CLASS_NAMES = CLASSES[OBJECTS]


def report(records: Sequence[Record], left_out: Mapping[str, str]) -> None:
    """Print all: scores by kind of set, costs, and who beats SqueezeSeg."""
    networks = by_model(records)
    console.say(about(records[0]))
    for kind in KINDS:
        if any(kind in one.iou for one in records):
            console.say()
            _scores(networks, kind, standings(records, kind))
    console.say()
    _costs(networks)
    for kind in KINDS:
        if line := verdict(standings(records, kind), kind):
            console.say(escape(line))
    console.say(NOTE, style="dim")
    for what, reason in left_out.items():
        console.warn(f"{what}: not timed, {reason}")
    for one in records:
        if one.error is not None:
            console.warn(f"{one.model}, seed {one.seed}: failed, {one.error}")
        for part, reason in one.errors.items():
            console.warn(f"{one.model}, seed {one.seed}: not in {part}, {reason}")


NOTE = "scores: of the network alone, without CRF and objects; * on the Pareto front of IoU and latency"


def by_model(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The seeds of each network that didn't fail."""
    good = sorted((one for one in records if one.error is None), key=lambda one: one.model)
    return {model: list(group) for model, group in groupby(good, key=lambda one: one.model)}


def verdict(networks: Sequence[Standing], kind: str) -> str:
    """Which networks beat SqueezeSeg at equal latency, in a sentence; empty where it isn't among them."""
    mark = next((one for one in networks if one.model == YARDSTICK), None)
    if mark is None or len(networks) < 2:
        return ""
    listed = ", ".join(_standing(one) for one in better(networks))
    beaten = f"On {SETS[kind]}, {_standing(mark)} is beaten at equal latency or less by {listed or 'none'}."
    return f"{beaten} {_chance(networks)}"


def _standing(one: Standing) -> str:
    return f"{one.model} ({percent(one.iou.mean)} % in {one.cost:.1f} ms)"


def _chance(networks: Sequence[Standing]) -> str:
    """What a difference must exceed to say anything."""
    repeated = [one.iou.high - one.iou.low for one in networks if one.iou.seeds > 1]
    if not repeated:
        return "Each has one seed: a small difference may be chance."
    return f"Seeds of one network differ by up to {100 * max(repeated):.1f} points: a smaller difference may be chance."


def spread(value: Spread | None) -> str:
    """'61.2', or '61.2 (60.8-61.6)' of several seeds."""
    if value is None:
        return "-"
    seeds = f" ({percent(value.low)}-{percent(value.high)})" if value.seeds > 1 else ""
    return percent(value.mean) + seeds


def _scores(networks: Mapping[str, Sequence[Record]], kind: str, standing: Sequence[Standing]) -> None:
    frames = max(one.frames.get(kind, 0) for group in networks.values() for one in group)
    front = {one.model for one in front_of(standing)}
    title = f"IoU, per cent, {console.count(frames, f'{kind} scan')}"
    scores = console.table("", "mean", *CLASS_NAMES, "int8 mean", title=title)
    order = sorted(networks, key=lambda model: -_mean(networks[model], kind))
    for model in order:
        seeds = networks[model]
        means = [mean_iou(seeds, kind, precision) for precision in SCORED]
        classes = [mean_iou(seeds, kind, "float32", name) for name in CLASS_NAMES]
        cells = [spread(means[0]), *("-" if one is None else percent(one.mean) for one in classes), spread(means[1])]
        scores.add_row(f"{model}{' *' * (model in front)}", *cells)
    console.show(scores)


def _costs(networks: Mapping[str, Sequence[Record]]) -> None:
    energies = any(one.energy_mj for group in networks.values() for one in group)
    columns = ("million\nparameters", "\nGMAC", "kB\nfloat16", "\nint8", "ms\nfloat32", "\nbf16", "\nint8")
    costs = console.table(
        "\n", *columns, *["mJ model\nint8"] * energies, title="Costs of a front view, 64 x 512 pixels"
    )
    for model, seeds in sorted(networks.items(), key=lambda item: _fastest(item[1][0])):
        one = seeds[0]
        cells = [f"{one.parameters / 1e6:.2f}", f"{one.macs / 1e9:.2f}"]
        cells += [f"{one.bytes[name] / 1e3:,.0f}" if name in one.bytes else "-" for name in ("float16", "int8")]
        cells += [f"{one.ms[name].median:.1f}" if name in one.ms else "-" for name in PRECISIONS]
        if energies:
            cells.append(f"{one.energy_mj['int8']:.2f}" if "int8" in one.energy_mj else "-")
        costs.add_row(model, *cells)
    console.show(costs)


def _mean(seeds: Sequence[Record], kind: str) -> float:
    found = mean_iou(seeds, kind, "float32")
    return -1.0 if found is None else found.mean


def _fastest(record: Record) -> float:
    return min((latency.median for latency in record.ms.values()), default=float("inf"))
