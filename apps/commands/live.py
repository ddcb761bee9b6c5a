"""`squeezeseg live`: scans labelled as they come, from a sensor or from a recording played as one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import console
from apps.commands.view import PAGE, BrowserOption, HostOption, PortOption, TokenOption, showing
from apps.live.outputs import folder_writer, foxglove_writer, taking
from apps.live.report import report, watch
from apps.opening import check_settings
from apps.options import (
    NETWORK,
    CrfOption,
    EngineOption,
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

_PACKETS = "Packets"
_FOXGLOVE = "Foxglove"


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
    show: Annotated[bool, typer.Option("--show", rich_help_panel=PAGE, help="Watch in the browser.")] = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = None,
    token: TokenOption = None,
    browser: BrowserOption = True,
    mcap: Annotated[
        Path | None,
        typer.Option(
            "--mcap", metavar="FILE", rich_help_panel=_FOXGLOVE, help="Write points, labels and objects to this file."
        ),
    ] = None,
    foxglove: Annotated[
        bool,
        typer.Option(
            "--foxglove", rich_help_panel=_FOXGLOVE, help="Serve the same to Foxglove on ws://localhost:8765."
        ),
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
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    lanes: Annotated[
        int | None,
        typer.Option(
            "--lanes",
            metavar="N",
            min=1,
            rich_help_panel=NETWORK,
            help="Scans at once, each on a core of its own. 1, all cores for one scan, unless --rate max.",
        ),
    ] = None,
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
    objects: ObjectsOption = True,
    unknown_below: UnknownBelowOption = 0.0,
) -> None:
    """Label scans as they come, until the source ends, Ctrl-C or SIGTERM.

    The latest scan wins: one that comes while another is being labelled waits, and is dropped for a newer one. How
    many were, and what became of the packets, is shown all the time.
    """
    import numpy as np

    from data.live import open_live
    from data.sensor_file import load_sensor
    from projection import PRESETS, InputError
    from squeezeseg import Segmenter
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.running.stream import Stream

    check_settings(neighbours, unknown_below)
    if show:
        from apps.viewer.server import check_installed

        check_installed()
    unhurried = rate == "max"
    # A lane on each core labels most; where scans come one by one, all cores for one label it soonest.
    lanes = lanes or (usable_cores() if unhurried else 1)

    def load(found: Sensor) -> Segmenter:
        return Segmenter.load(
            weights,
            sensor=found,
            view=view,
            engine=engine,
            precision=precision,
            lanes=lanes,
            crf=crf,
            neighbours=neighbours,
            objects=objects,
            unknown_below=unknown_below,
        )

    # What is wrong with the weights is said at once, and importing and compiling are over when packets come.
    warm = load(PRESETS["hdl64"])
    warm(np.eye(4, dtype=np.float32))
    about = {"network": warm.card.model, "engine": warm.engine.name}

    from squeezeseg.running.interruption import interrupt_on_signals

    with interrupt_on_signals(), ExitStack() as stack:
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
        stream = Stream(opened, load, frames=frames, keep_all=unhurried, lanes=lanes)
        # The one place where outputs are attached: each subscribes before the stream starts.
        if write is not None:
            stack.enter_context(taking(stream, "out", write, keep_all=unhurried))
        if mcap is not None:
            from data.sinks.mcap import McapFile

            file = foxglove_writer(stack.enter_context(McapFile(mcap)))
            stack.enter_context(taking(stream, "mcap", file, keep_all=unhurried))
        if foxglove:
            from data.sinks.foxglove_server import FoxgloveServer

            server = stack.enter_context(FoxgloveServer())
            console.note(f"Foxglove: {server.address}")
            stack.enter_context(taking(stream, "foxglove", foxglove_writer(server)))
        if show:
            stack.enter_context(showing(stream, opened.name, about, host=host, port=port, token=token, browser=browser))
        interrupted = False
        try:
            with stream:
                watch(stream, as_json=as_json)
        except KeyboardInterrupt:  # the usual way to end it
            interrupted = True
    report(stream, as_json=as_json)
    facts = stream.facts()
    if not facts.frames and not interrupted:
        came = ", ".join(f"{number:,} {what}" for what, number in facts.packets.items()) or "nothing"
        reason = f"none of its {facts.scans} scans could be labelled" if facts.scans else f"no scan came of {came}"
        raise InputError(f"{source}: {reason}; is the source the sensor's, and --device or --sensor right?")


def _suffixes(formats: list[str] | None) -> list[str]:
    from apps.commands.segment import check_formats

    return check_formats(formats or [".npz"])
