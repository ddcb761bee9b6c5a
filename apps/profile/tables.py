"""The result of `squeezeseg profile`, as tables and sentences in the terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from apps import console
from apps.profile.blocks import by_block
from apps.profile.quantities import rate_of, size, three

_PRECISIONS = ("float32", "int8")
_BUSY = 0.3
"""Load on a core before the measurement above which its numbers are not to be trusted."""


def report(result: dict[str, Any], *, layers: bool) -> None:
    """Print a result. layers: each layer, or step of the engine, rather than each block."""
    _header(result)
    console.say()
    if layers and result["measured"] is not None:
        _steps(result)
    elif layers:
        _layers(result)
    else:
        _blocks(result)
    if result["measured"] is not None:
        console.say()
        _kinds(result)
        console.say()
        _explain(result["measured"])
    console.say()
    _memory(result)
    _energy(result)


def _header(result: dict[str, Any]) -> None:
    _, channels, height, width = result["image"]
    published = result["form"] == "published"
    form = "as published" if published else "for range images, batch norm folded away"
    weights = "" if published else ", trained weights" if result["trained"] else ", fresh weights: never trained"
    console.say(f"[bold]{escape(result['model'])}[/bold] {form}{weights}; {channels} x {height} x {width} in")
    weighs = size(result["bytes"]["float32"]["weights"])
    console.say(
        f"[bold]{result['parameters']:,}[/bold] parameters, {weighs} in float32; "
        f"[bold]{three(result['macs'] / 1e6)}[/bold] million multiply-adds an image"
    )


def _blocks(result: dict[str, Any]) -> None:
    measured, container = result["measured"] is not None, result["container"]
    stored = container is not None
    titles = ["parameters", *["in .sqz"] * stored, "MMAC", "M moved", *["ms", "% roof"] * measured]
    table = console.table("block", *titles)
    for one in by_block(result):
        cells = [f"{one.parameters:,}", *[f"{one.stored:,}"] * stored, three(one.macs / 1e6), three(one.moved / 1e6)]
        if measured:
            ms = one.milliseconds or 0.0
            cells += [_ms(ms), _share(one.allowed / ms if ms else None)]
        table.add_row(one.name, *cells)
    if stored:
        blank = [""] * (len(titles) - 2)
        table.add_row("card, CRF, objects", "", f"{container['rest']:,}", *blank)
    totals = [f"{result['parameters']:,}"]
    if stored:
        totals.append(f"{container['bytes']:,}")
    totals.append(three(result["macs"] / 1e6))
    totals += [three(result["activations"]["read_and_written"] / 1e6)]
    if measured:
        totals += [_ms(result["measured"]["milliseconds"]), ""]
    table.add_row("all", *totals, style="bold")
    console.show(table)


def _layers(result: dict[str, Any]) -> None:
    table = console.table("layer", "kind", "parameters", "MMAC", "M moved")
    for one in result["layers"]:
        if one["kind"] not in ("view", "activation"):
            moved = one["read"] + one["written"]
            cells = (f"{one['parameters']:,}", three(one["macs"] / 1e6), three(moved / 1e6))
            table.add_row(_short(one["name"]), one["kind"], *cells)
    console.show(table)


def _steps(result: dict[str, Any]) -> None:
    table = console.table("layer", "kind", "MMAC", "ms", "% roof", "bound")
    for one in result["measured"]["steps"]:
        cells = (three(one["macs"] / 1e6), _ms(one["milliseconds"]))
        bound = {"arithmetic": "arith.", "memory": "mem."}[one["bound"]]
        # An engine's own steps have names as long as those of both nodes that they are between.
        name = _short(one["name"]) if one["layers"] else one["kernel"]
        table.add_row(name, one["kind"], *cells, _share(one["share_of_roofline"]), bound)
    console.show(table)


def _kinds(result: dict[str, Any]) -> None:
    measured = result["measured"]
    title = f"by kind of layer: {measured['engine']} {measured['precision']}"
    table = console.table("", "MMAC", "ms", "% time", "GMAC/s", "% peak", "GB/s", "% roof", title=title)
    for one in measured["kinds"]:
        work = (three(one["gmacs_per_s"]), _share(one["share_of_peak"])) if one["macs"] else ("", "")
        table.add_row(
            one["kind"],
            three(one["macs"] / 1e6) if one["macs"] else "",
            _ms(one["milliseconds"]),
            _share(one["milliseconds"] / measured["milliseconds"]),
            *work,
            three(one["gbytes_per_s"]),
            _share(one["share_of_roofline"]),
        )
    console.show(table)


def _explain(measured: dict[str, Any]) -> None:
    peak = measured["peak"]
    console.say(
        f"{escape(measured['processor'])}, {console.count(measured['threads'], 'thread')}: "
        f"{_ms(measured['milliseconds'])} ms by the engine's counters, "
        f"{_ms(measured['milliseconds_without_counters'])} ms on the clock without them, "
        f"medians of {measured['runs']} runs",
        style="dim",
    )
    console.say(
        f"peak, measured in turn with them: {three(peak['gmacs_per_s'])} GMAC/s in a wide 3x3 convolution, "
        f"{three(peak['gbytes_per_s'])} GB/s copying {size(peak['copied_bytes'])}; below "
        f"{three(peak['macs_per_byte_where_both_hold'])} multiply-adds a byte it is memory that holds a layer up",
        style="dim",
    )
    console.say(
        "% peak: of the multiply-adds that the processor could do meanwhile; % roof: the time that arithmetic and "
        "memory need at the least, of the time taken; over 100 where the cache holds what memory would have to give",
        style="dim",
    )
    for line in lessons(measured):
        console.say(line)
    if measured["load_average"] > _BUSY * measured["cores"]:
        load = measured["load_average"]
        console.warn(f"the machine was busy before it began (load {load:g}): take the times for too long")


def lessons(measured: dict[str, Any]) -> list[str]:
    """What the kinds of layers show, in sentences."""
    kinds = {one["kind"]: one for one in measured["kinds"]}
    macs = sum(one["macs"] for one in measured["kinds"])
    lines = []
    for name in ("depthwise", "grouped"):
        one = kinds.get(name)
        best = max((kinds[kind] for kind in ("dense", "1x1") if kind in kinds), key=_rate, default=None)
        if one is None or best is None or not macs or _rate(best) < 1.5 * _rate(one):
            continue
        intensity, other = (each["macs"] / each["moved"] for each in (one, best))
        lines.append(
            f"{name} convolutions: {one['macs'] / macs:.0%} of the multiply-adds, "
            f"{one['milliseconds'] / measured['milliseconds']:.0%} of the time. For each byte they do "
            f"{three(intensity)} multiply-adds, {best['kind']} ones {three(other)}. "
            f"{three(_rate(one))} GMAC/s by {escape(one['kernel'])}, "
            f"{three(_rate(best))} by {escape(best['kernel'])}."
        )
    idle = [one for one in measured["kinds"] if not one["macs"]]
    if idle:
        share = sum(one["milliseconds"] for one in idle) / measured["milliseconds"]
        lines.append(f"Layers without a multiply-add: {share:.0%} of the time.")
    return lines


def _rate(kind: dict[str, Any]) -> float:
    return float(kind["gmacs_per_s"])


def _memory(result: dict[str, Any]) -> None:
    chip = result["on_chip"]
    table = console.table("", "weights", "activations", f"in {size(chip['bytes'])}", "to send")
    for precision in _PRECISIONS:
        fits = chip[precision]
        verdict = (
            "both fit"
            if fits["both"]
            else "either fits, not both"
            if fits["weights"] and fits["activations"]
            else "weights fit"
            if fits["weights"]
            else "activations fit"
            if fits["activations"]
            else "neither fits"
        )
        own = result["bytes"][precision]
        table.add_row(
            precision,
            size(own["weights"]),
            size(own["activations_at_once"]),
            verdict,
            _seconds(result["link"]["seconds"][precision]),
        )
    if (container := result["container"]) is not None:
        verdict = "weights fit" if container["fits_on_chip"] else "too large"
        name = "about .sqz" if container["estimated"] else ".sqz"
        table.add_row(name, size(container["bytes"]), "", verdict, _seconds(container["seconds"]))
    console.show(table)
    rate = result["link"]["bits_per_second"]
    if container is not None and container["estimated"]:
        console.say(
            "in .sqz: an estimate, each layer in steps of half its standard deviation; 'squeezeseg compress' makes the "
            "file, whose bytes are then told",
            style="dim",
        )
    console.say(
        f"activations: the most that must be kept at once, layer by layer; to send: the weights at {rate_of(rate)}",
        style="dim",
    )


def _energy(result: dict[str, Any]) -> None:
    model = result["energy_model"]
    console.say()
    table = console.table(
        "", "arithmetic", "on chip", "off chip", "mJ", title="energy of an image: a model, not measured"
    )
    for precision in _PRECISIONS:
        own = model["millijoules"][precision]
        table.add_row(precision, *(three(own[key]) for key in ("arithmetic", "on_chip", "off_chip", "total")))
    console.show(table)
    each = model["picojoules"]
    adds = ", ".join(f"{each['multiply_add'][precision]:g} in {precision}" for precision in _PRECISIONS)
    console.say(
        f"Horowitz's figures of a 45 nm chip, picojoules: a multiply-add {adds}; 32 bits moved on the chip "
        f"{each['on_chip_32_bit']:g}, off it {each['off_chip_32_bit']:g}. What doesn't fit is moved off the chip, each "
        "number once for each layer that reads or writes it.",
        style="dim",
    )


def _short(name: str) -> str:
    return name.removeprefix("backbone.").removeprefix("stages.")


def _ms(value: float) -> str:
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}" if value < 0.0995 else f"{100 * value:.0f}"


def _seconds(value: float) -> str:
    return f"{three(value)} s" if value < 600 else f"{three(value / 60)} min"
