"""`squeezeseg live`: scans labelled as they come, from a sensor or from a recording played as one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.live_outputs import folder_writer, taking
from apps.live_report import report, watch
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

_PACKETS = "Packets"


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
    import numpy as np

    from data.live import open_live
    from data.sensor_file import load_sensor
    from projection import InputError
    from squeezeseg import Segmenter
    from squeezeseg.stream import Stream

    check_settings(neighbours, unknown_below)
    # What is wrong with the weights is said at once, and importing and compiling are over when packets come.
    Segmenter.load(weights, precision=precision, crf=crf)(np.eye(4, dtype=np.float32))

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
    from apps.segment import check_formats

    return check_formats(formats or [".npz"])
