"""`squeezeseg profile --communication`: its result as JSON has it, and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from apps import console
from apps.profile.quantities import rate_of, size, three
from squeezeseg.distributed.exchange import HOOKS
from squeezeseg.profiling.communication import BATCH, WORKERS, Communication
from squeezeseg.profiling.ring_all_reduce import RingAllReduce

FORMAT = "squeezeseg-communication/1"
_SHOWN = ("plain", "bf16", "powersgd-1", "powersgd-2", "powersgd-4")
_STEPS = ("plain", "powersgd-1")


def as_dict(found: Sequence[Communication], ring: RingAllReduce, threads: int, load: float) -> dict[str, Any]:
    """All of it. threads: that computed. load: on the machine, before it was measured."""
    return {
        "format": FORMAT,
        "link": {"bits_per_second": ring.bits_per_second, "latency_seconds": ring.latency},
        "samples_a_worker": BATCH,
        "threads": threads,
        "load_average": round(load, 2),
        "networks": [_network(one, ring) for one in found],
    }


def _network(one: Communication, ring: RingAllReduce) -> dict[str, Any]:
    return {
        "name": one.name,
        "parameters": one.parameters,
        "image": list(one.image),
        "compute_milliseconds": round(one.compute * 1e3, 3),
        "hooks": {
            hook: {
                "bytes": one.exchanged[hook].given,
                "measured_milliseconds": None if taken is None else round(taken * 1e3, 3),
                "model_milliseconds": {
                    str(workers): round(one.summing(hook, workers, ring) * 1e3, 3) for workers in WORKERS
                },
                "step_milliseconds": {
                    str(workers): round(one.step(hook, workers, ring) * 1e3, 3) for workers in WORKERS
                },
            }
            for hook in HOOKS
            for taken in [one.exchanged[hook].seconds]
        },
    }


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    rate = rate_of(result["link"]["bits_per_second"])
    networks = result["networks"]
    table = console.table("bytes of a step", "parameters", *_SHOWN)
    for one in networks:
        table.add_row(one["name"], f"{one['parameters']:,}", *(size(one["hooks"][hook]["bytes"]) for hook in _SHOWN))
    console.show(table)
    console.say("counted at the collectives of two workers; fp16 has the bytes of bf16", style="dim")
    console.say()
    table = console.table(f"ms at {rate}", "computing", *(f"{hook} (model)" for hook in _SHOWN))
    for one in networks:
        cells = [_measured(one["hooks"][hook]) for hook in _SHOWN]
        table.add_row(one["name"], three(one["compute_milliseconds"]), *cells)
    console.show(table)
    console.say(
        f"measured here: forward and backward passes of {result['samples_a_worker']} images in float32 on "
        f"{console.count(result['threads'], 'thread')}; gradients of two workers summed over loopback, whose sockets "
        "are held to the rate; in brackets by the model of a ring; - where that is longer than --seconds",
        style="dim",
    )
    console.say()
    table = console.table("ms of a step", "", *(f"{workers}" for workers in WORKERS))
    for one in networks:
        for hook in _STEPS:
            steps = one["hooks"][hook]["step_milliseconds"]
            table.add_row(one["name"], hook, *(three(steps[str(workers)]) for workers in WORKERS))
    console.show(table)
    console.say(
        f"simulated: by number of workers of {result['samples_a_worker']} images each; the computing measured, then "
        f"2 (n - 1) / n of the bytes over each link and 2 (n - 1) messages of "
        f"{three(result['link']['latency_seconds'] * 1e6)} us, loopback's; nothing at the same time; what two workers "
        "took longer than by the model, for arithmetic, is added to all",
        style="dim",
    )
    for line in lessons(result):
        console.say(line)
    if result["load_average"] > 1:
        console.warn(
            f"the machine was busy before it began (load {result['load_average']:g}): take the times for too long"
        )


def lessons(result: dict[str, Any]) -> list[str]:
    """What the smallest network sends, against the largest, in a sentence."""
    networks = sorted(result["networks"], key=lambda one: one["hooks"]["plain"]["bytes"])
    if len(networks) < 2:
        return []
    lines = []
    by_name = {one["name"]: one for one in networks}
    pairs = [("squeezenet1.0", "alexnet"), (networks[0]["name"], networks[-1]["name"])]
    for small, large in pairs:
        if small in by_name and large in by_name:
            ratio = by_name[large]["hooks"]["plain"]["bytes"] / by_name[small]["hooks"]["plain"]["bytes"]
            lines.append(f"{escape(small)} sends {three(ratio)} times fewer bytes a step than {escape(large)}.")
    return lines


def _measured(hook: dict[str, Any]) -> str:
    taken = hook["measured_milliseconds"]
    return f"{'-' if taken is None else three(taken)} ({three(hook['model_milliseconds']['2'])})"
