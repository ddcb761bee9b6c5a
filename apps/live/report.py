"""The report of a live stream, while it runs and at its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apps import console

if TYPE_CHECKING:
    from squeezeseg.running.stream import Stream, StreamFacts

REFUSED = ("malformed", "foreign", "duplicate", "late", "implausible", "undecodable", "unreadable")
"""Packets and messages that no scan is made of, and shouldn't be there."""

LOST = ("lost", "overflow")

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BETWEEN_LOOKS = 0.25


def watch(stream: Stream, *, as_json: bool) -> None:
    """Say how the stream is doing until it ends."""
    if as_json:
        while not stream.wait(SECONDS_BETWEEN_LINES):
            _print_line(stream)
        return
    with console.status() as show:
        while not stream.wait(SECONDS_BETWEEN_LOOKS):
            show(describe(stream.source.name, stream.facts()))


def _print_line(stream: Stream) -> None:
    print(json.dumps(as_dict(stream), allow_nan=False), flush=True)


def as_dict(stream: Stream) -> dict[str, Any]:
    """The state of a stream, for a line of JSON."""
    facts = stream.facts()
    sensor = stream.source.sensor
    rates = {
        key: None if (value := getattr(facts, key)) is None else round(value, 3)
        for key in ("sensor_fps", "compute_fps", "pipeline_fps", "latency_p50", "latency_p99")
    }
    followed = stream.followed
    tracks = {} if followed is None else {"tracks": [one.as_dict() for one in followed]}
    return {
        "source": stream.source.name,
        "sensor": None if sensor is None else sensor.name,
        "state": facts.state,
        "scans": facts.scans,
        "frames": facts.frames,
        **rates,
        "drops": dict(facts.drops),
        "packets": dict(facts.packets),
        **tracks,
    }


def describe(name: str, facts: StreamFacts) -> str:
    """The state of a stream, in a line."""
    parts = [f"{name}: {facts.state}"]
    if facts.sensor_fps is not None:
        parts.append(f"{facts.sensor_fps:.1f} scans/s")
    if facts.pipeline_fps is not None and facts.compute_fps is not None:
        parts.append(f"labelled {facts.pipeline_fps:.1f}/s of {facts.compute_fps:.1f}/s that could be")
    if facts.latency_p50 is not None:
        parts.append(f"latency {facts.latency_p50:.0f} ms, p99 {facts.latency_p99:.0f}")
    parts.append(f"{facts.frames:,} of {facts.scans:,} scans labelled, {sum(facts.drops.values()):,} dropped")
    if received := facts.packets.get("received"):
        lost, refused = _sum(facts.packets, LOST), _sum(facts.packets, REFUSED)
        parts.append(f"{received:,} packets, {lost:,} lost, {refused:,} refused")
    return " | ".join(parts)


def _sum(counters: Mapping[str, int], names: tuple[str, ...]) -> int:
    return sum(counters.get(name, 0) for name in names)


def report(stream: Stream, *, as_json: bool) -> None:
    """The last word: what came, and what became of it."""
    if as_json:
        _print_line(stream)
        return
    facts = stream.facts()
    console.say(f"[bold]{console.count(facts.frames, 'scan')} labelled[/bold] of {facts.scans:,}")
    measured = {
        "scans from the sensor (1/s)": facts.sensor_fps,
        "scans labelled (1/s)": facts.pipeline_fps,
        "scans that could be labelled (1/s)": facts.compute_fps,
        "latency, p50 (ms)": facts.latency_p50,
        "latency, p99 (ms)": facts.latency_p99,
    }
    table = console.table("last 100 scans", "")
    for what, value in measured.items():
        table.add_row(what, "-" if value is None else f"{value:.1f}")
    console.show(table)
    for title, counters in (("dropped", facts.drops), ("packets", facts.packets)):
        if any(counters.values()):
            table = console.table(title, "")
            for what, number in counters.items():
                table.add_row(what, f"{number:,}")
            console.show(table)


def hold() -> None:
    """Keep serving the page after the stream's end.

    Raises:
        KeyboardInterrupt: at Ctrl-C or SIGTERM; nothing else ends it.
    """
    console.note("ended; the page keeps the last scan, until Ctrl-C")
    threading.Event().wait()


def check_labelled(source: str, facts: StreamFacts) -> None:
    """Raise InputError where no scan could be labelled: the source, the device or the sensor may be another."""
    from projection import InputError

    if facts.frames:
        return
    came = ", ".join(f"{number:,} {what}" for what, number in facts.packets.items()) or "nothing"
    reason = f"none of its {facts.scans} scans could be labelled" if facts.scans else f"no scan came of {came}"
    raise InputError(f"{source}: {reason}; is the source the sensor's, and --device or --sensor right?")
