"""The result of `squeezeseg bench`, as tables in the terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from apps import console

BUSY = 0.3
"""Load on a core before the measurement above which its numbers are not to be trusted."""
WAVERING = 1.25
"""How much longer the comparison may take in one round than in another."""
TITLES = {"front": "front 90 degrees", "full": "full turn"}


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
            console.say()
            _speeds(chosen, TITLES[view])
            console.say()
            _stages(chosen, TITLES[view])
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
    """An engine and its precision."""
    return "PyTorch for comparison" if one.get("kind") == "eager" else f"{one['engine']} {one['precision']}"


def _speeds(results: list[dict[str, Any]], title: str) -> None:
    lanes = results[0]["throughput"]["lanes"]
    together = console.count(lanes, "lane")
    columns = ["one at a time: ms p50", "p99", "frames/s", f"{together}: frames/s", "ms p50", "p99"]
    columns += ["x eager"] * (results[0]["throughput"]["times_eager"] is not None)
    joules = any(one["throughput"]["joules_per_scan"] is not None for one in results)
    speeds = console.table(title, *columns, "start-up s", "memory MiB", *(["J/scan"] if joules else []))
    for one in results:
        latency, throughput = one["latency"], one["throughput"]
        cells = [f"{latency['ms']['p50']:.1f}", f"{latency['ms']['p99']:.1f}", f"{latency['fps']:.1f}"]
        cells += [f"{throughput['fps']:.1f}", f"{throughput['ms']['p50']:.1f}", f"{throughput['ms']['p99']:.1f}"]
        if throughput["times_eager"] is not None:
            cells.append(f"{throughput['times_eager']['contiguous']:.1f}")
        cells += [f"{one['start_up_s']:.1f}", f"{one['peak_memory_mib']:,}"]
        if joules:
            cells.append(f"{throughput['joules_per_scan'] or 0:.2f}")
        speeds.add_row(name(one) + " (default)" * one["default"], *cells, style="bold" if one["default"] else "")
    console.show(speeds)


def _stages(results: list[dict[str, Any]], title: str) -> None:
    # A GPU's stages are others.
    names = list(dict.fromkeys(stage for one in results for stage in one["latency"]["stages_ms"]))
    stages = console.table(f"{title}, one at a time: ms p50 / p95 / p99", *names)
    for one in results:
        times = [one["latency"]["stages_ms"].get(stage) for stage in names]
        cells = (" / ".join(f"{ms[key]:.1f}" for key in ("p50", "p95", "p99")) if ms else "-" for ms in times)
        stages.add_row(name(one), *cells)
    console.show(stages)
    for one in results:
        if batches := one["batches_fps"]:
            rates = ", ".join(f"{size}: {fps:.1f}" for size, fps in batches.items())
            console.say(f"{name(one)}, scans/s by how many go to the GPU at once: {rates}")


def _explain(result: dict[str, Any]) -> None:
    """Explain what the numbers include, and what they are compared with."""
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
