"""The result of `squeezeseg bench`, as tables in the terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from apps import console

BUSY = 0.3
"""Load on a core before the measurement above which its numbers are not to be trusted."""
WAVERING = 1.25
"""How much longer the comparison may take in one round than in another."""
TITLES = {"front": "front 90 degrees", "full": "full turn"}
ENGINE = len("onnxruntime bfloat16")
"""Letters of an engine and its precision."""
BROKEN = {"probabilities": "proba-\nbilities", "back-project": "back-\nproject"}
"""Names of stages in two lines, so that six fit beside the engine in a terminal of 80 columns."""


def report(result: dict[str, Any]) -> None:
    """Print a result as tables."""
    source, machine, model = result["source"], result["machine"], result["model"]
    made = "simulated (no recording was given): " if source["simulated"] else ""
    scans = f"{console.count(source['scans'], 'scan')} of {source['points']:,} points, {result['sensor']}"
    console.say(f"[bold]{escape(source['name'])}[/bold]: {made}{scans}; model {escape(model['model'])}")
    flags = " ".join(machine["flags"]) + ("" if machine["amx_usable"] else " (AMX not usable)")
    console.say(f"{escape(machine['processor'])}, {console.count(machine['cores'], 'core')}: {flags}", style="dim")
    for view in ("front", "full"):
        if chosen := [one for one in result["results"] if one["view"] == view]:
            for show in (_latency, _throughput, _stages):
                console.say()
                show(chosen, TITLES[view])
    console.say()
    _explain(result)


def warnings(result: dict[str, Any]) -> list[str]:
    """Reasons for which the numbers may be worth less than they look."""
    machine, told = result["machine"], []
    if machine["load_average"] > BUSY * machine["cores"]:
        told.append(f"the machine was busy before it began (load {machine['load_average']:g}): take these for too slow")
    if result["eager"]:
        medians = result["eager"]["contiguous"]["p50_by_round"]
        if max(medians) > WAVERING * min(medians):
            told.append(
                f"the comparison took {min(medians):.0f} to {max(medians):.0f} ms: something else was running too"
            )
    told += [f"left out: {name(one)}: {one['reason']}" for one in result["left_out"]]
    return told


def name(one: dict[str, Any]) -> str:
    """An engine and its precision; of OpenVINO that was kept to an instruction set, the precision and that."""
    if one.get("kind") == "eager":
        return "PyTorch for comparison"
    return f"{one['precision']} on {one['isa']}" if one.get("isa") else f"{one['engine']} {one['precision']}"


def _latency(results: list[dict[str, Any]], title: str) -> None:
    speeds = console.table(
        "", "ms p50", "p99", "frames/s", "start-up\ns", "memory\nMiB", title=f"{title}, one at a time"
    )
    for one in results:
        ms = one["latency"]["ms"]
        cells = [_number(value) for value in (ms["p50"], ms["p99"], one["latency"]["fps"], one["start_up_s"])]
        _add(speeds, one, [*cells, f"{one['peak_memory_mib']:,}"])
    console.show(speeds)


def _throughput(results: list[dict[str, Any]], title: str) -> None:
    all_lanes = [one["throughput"] for one in results]
    eager = any(lanes["times_eager"] is not None for lanes in all_lanes)
    joules = any(lanes["joules_per_scan"] is not None for lanes in all_lanes)
    columns = ["frames/s", "ms p50", "p99", *["x eager"] * eager, *["J/scan"] * joules]
    speeds = console.table("", *columns, title=f"{title}, {console.count(all_lanes[0]['lanes'], 'lane')}")
    for one, lanes in zip(results, all_lanes, strict=True):
        cells = [_number(value) for value in (lanes["fps"], lanes["ms"]["p50"], lanes["ms"]["p99"])]
        if eager:
            cells.append(_number(lanes["times_eager"]["contiguous"]))
        if joules:
            cells.append(f"{lanes['joules_per_scan'] or 0:.2f}")
        _add(speeds, one, cells)
    console.show(speeds)


def _add(speeds: Table, one: dict[str, Any], cells: list[str]) -> None:
    speeds.add_row(name(one) + " (default)" * one["default"], *cells, style="bold" if one["default"] else "")


def _stages(results: list[dict[str, Any]], title: str) -> None:
    heads = [tuple(one["latency"]["stages_ms"]) for one in results]
    for stages in dict.fromkeys(heads):  # a GPU's are others
        columns = [BROKEN.get(stage, stage) for stage in stages]
        times = console.table("", *columns, title=f"{title}, one at a time: ms by stage")
        for one in (one for one, head in zip(results, heads, strict=True) if head == stages):
            for number, key in enumerate(("p50", "p95", "p99")):
                cells = (_number(one["latency"]["stages_ms"][stage][key]) for stage in stages)
                times.add_row(f"{'' if number else name(one):{ENGINE}} {key}", *cells)
        console.show(times)
    for one in results:
        if batches := one["batches_fps"]:
            rates = ", ".join(f"{size}: {fps:.1f}" for size, fps in batches.items())
            console.say(f"{name(one)}, scans/s by how many go to the GPU at once: {rates}")


def _number(value: float) -> str:
    """With a decimal while that says something."""
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def _explain(result: dict[str, Any]) -> None:
    """Explain what the numbers include, and what they are compared with."""
    if told := dict.fromkeys(f"{name(one)}: {one['instructions']}" for one in result["results"] if one["instructions"]):
        console.say(f"the network's kernels: {', '.join(told)}", style="dim")
    if any(one["isa"] for one in result["results"]):
        console.say(f"on: {result['includes']['isa']}", style="dim")
    for what, key in (("one at a time", "latency"), ("lanes", "throughput"), ("start-up", "start_up")):
        console.say(f"{what}: {result['includes'][key]}", style="dim")
    console.say(f"memory: {result['includes']['peak_memory']}", style="dim")
    if (seconds := result["cold_start_up_s"]) is not None:
        console.say(f"start-up with empty caches: {seconds:.1f} s, {result['includes']['cold_start_up']}", style="dim")
    if eager := result["eager"]:
        batch, _, height, width = eager["shape"]
        own, last = (eager[layout]["ms"]["p50"] for layout in ("contiguous", "channels_last"))
        console.say(
            f"eager: PyTorch float32, {result['includes']['eager']} ({batch} x {height} x {width}, "
            f"{console.count(eager['threads'], 'thread')}): median {own:.1f} ms in PyTorch's own memory format, which "
            f"x eager refers to, {last:.1f} ms in channels_last, which our torch engine takes",
            style="dim",
        )
    if all(one["throughput"]["joules_per_scan"] is None for one in result["results"]):
        console.say("energy: not measured, this system tells none", style="dim")
    for warning in warnings(result):
        console.warn(warning)
