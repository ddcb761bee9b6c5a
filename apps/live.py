"""`squeezeseg live`: scans labelled as they come, from a sensor or from a recording played as one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps import console
from apps.live_outputs import folder_writer, taking
from apps.opening import check_settings
from apps.options import (
    CrfOption,
    HeightOption,
    NeighboursOption,
    ObjectsOption,
    PrecisionOption,
    SensorOption,
    UnknownBelowOption,
    ViewOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from projection import Sensor
    from squeezeseg import Segmenter
    from squeezeseg.stream import Stream, StreamFacts

_PACKETS = "Packets"

REFUSED = ("malformed", "foreign", "duplicate", "late", "implausible", "undecodable", "unreadable")
"""Packets and messages that no scan is made of, and shouldn't be there."""

LOST = ("lost", "overflow")

SECONDS_BETWEEN_LINES = 1.0
SECONDS_BETWEEN_LOOKS = 0.25


def live(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="udp://HOST:PORT of a Velodyne sensor; a capture (.pcap), a ROS bag or MCAP file; or any recording.",
        ),
    ],
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", min=1, help="End after N labelled scans.")
    ] = None,
    rate: Annotated[
        str,
        typer.Option(
            "--rate",
            metavar="RATE",
            help="Of captures and bags, which have a clock: times its pace, 1 if not given. Of other recordings: "
            "scans a second, 10 if not given. max: as fast as they can be labelled, none dropped.",
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write each labelled scan to this new folder.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="SUFFIX", help=".npz (default), .ply, .pcd or .label; may be given again."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON a second, and one at the end, for programs.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="NAME",
            rich_help_panel=_PACKETS,
            help="vlp16, puck-hires, hdl32e, vlp32c, vls128 or hdl64e, where the packets don't tell.",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="FILE",
            rich_help_panel=_PACKETS,
            help="The sensor's own, in YAML as ROS and velodyne-decoder have it; an HDL-64E sends its own otherwise.",
        ),
    ] = None,
    sensor_ip: Annotated[
        str | None,
        typer.Option(
            "--sensor-ip",
            metavar="IP",
            rich_help_panel=_PACKETS,
            help="Hear this sender only; otherwise the first whose packets fit together.",
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="FILE", rich_help_panel=_PACKETS, help="Keep all packets in this new pcap file."
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option("--topic", metavar="NAME", help="Of a bag's PointCloud2 messages, where it has several."),
    ] = None,
    view: ViewOption = "full",
    sensor: SensorOption = None,
    height: HeightOption = None,
    weights: WeightsOption = "squeezeseg",
    precision: PrecisionOption = "auto",
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
    objects: ObjectsOption = True,
    unknown_below: UnknownBelowOption = 0.0,
) -> None:
    """Label scans as they come, until the source ends or Ctrl-C.

    The latest scan wins: one that comes while another is being labelled waits, and is dropped for a newer one. How
    many were, and what became of the packets, is shown all the time.
    """
    from data.live import open_live
    from data.sensor_file import load_sensor
    from squeezeseg import Segmenter, load_model
    from squeezeseg.stream import Stream

    check_settings(neighbours, unknown_below)
    load_model(weights)  # now rather than when the first scan comes

    def load(found: Sensor) -> Segmenter:
        return Segmenter.load(
            weights,
            sensor=found,
            view=view,
            precision=precision,
            crf=crf,
            neighbours=neighbours,
            objects=objects,
            unknown_below=unknown_below,
        )

    with ExitStack() as stack:
        write = folder_writer(out, _suffixes(formats)) if out is not None else None
        opened = open_live(
            source,
            rate=rate,
            device=device,
            calibration=calibration,
            sensor=load_sensor(sensor) if sensor else None,
            height=height,
            sensor_ip=sensor_ip,
            record=record,
            topic=topic,
        )
        stack.callback(opened.close)
        unhurried = rate == "max"
        stream = Stream(opened, load, frames=frames, keep_all=unhurried)
        # The one place where outputs are attached: each subscribes before the stream starts.
        if write is not None:
            stack.enter_context(taking(stream, "out", write, keep_all=unhurried))
        try:
            with stream:
                _watch(stream, as_json=as_json)
        except KeyboardInterrupt:
            pass  # the usual way to end it
    _report(stream, as_json=as_json)


def _suffixes(formats: list[str] | None) -> list[str]:
    from apps.segment import check_formats

    return check_formats(formats or [".npz"])


def _watch(stream: Stream, *, as_json: bool) -> None:
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
    """What a line of JSON says."""
    facts = stream.facts()
    sensor = stream.source.sensor
    rates = {
        key: None if (value := getattr(facts, key)) is None else round(value, 3)
        for key in ("sensor_fps", "compute_fps", "pipeline_fps", "latency_p50", "latency_p99")
    }
    return {
        "source": stream.source.name,
        "sensor": None if sensor is None else sensor.name,
        "state": facts.state,
        "scans": facts.scans,
        "frames": facts.frames,
        **rates,
        "drops": dict(facts.drops),
        "packets": dict(facts.packets),
    }


def describe(name: str, facts: StreamFacts) -> str:
    """How a stream is doing, in a line."""
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


def _report(stream: Stream, *, as_json: bool) -> None:
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
