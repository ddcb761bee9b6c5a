"""The options of a live stream: its packets, its outputs. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

_PACKETS = "Packets"
_FOXGLOVE = "Foxglove"
_PAGE = "Page"


@dataclass(frozen=True)
class PacketOptions:
    """The sensor's packets, and the topic of a bag; see `data.live.open_live`."""

    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="NAME",
            rich_help_panel=_PACKETS,
            help="vlp16, puck-hires, hdl32e, vlp32c, vls128 or hdl64e, where the packets don't tell.",
        ),
    ] = None
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="FILE",
            rich_help_panel=_PACKETS,
            help="The sensor's own: a Velodyne's in YAML as ROS and velodyne-decoder have it (an HDL-64E sends its own "
            "otherwise), an Ouster's metadata (.json).",
        ),
    ] = None
    sensor_ip: Annotated[
        str | None,
        typer.Option(
            "--sensor-ip",
            metavar="IP",
            rich_help_panel=_PACKETS,
            help="Hear this sender only; otherwise the first whose packets fit together.",
        ),
    ] = None
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="FILE", rich_help_panel=_PACKETS, help="Keep all packets in this new pcap file."
        ),
    ] = None
    topic: Annotated[
        str | None,
        typer.Option("--topic", metavar="NAME", help="The topic to read from a bag that has several."),
    ] = None


@dataclass(frozen=True)
class TurnOptions:
    """The parts of a turn that are labelled at once; see `squeezeseg.running.sector_stream`."""

    sectors: Annotated[
        int,
        typer.Option(
            "--sectors",
            metavar="K",
            help="Cut each turn into 8 or 16 sectors, and label each as soon as its last packet is there. The page "
            "shows them at once; files, MCAP and Foxglove get whole turns.",
        ),
    ] = 1


@dataclass(frozen=True)
class TrackOptions:
    """Objects followed from scan to scan; see `squeezeseg.tracking.follower`."""

    track: Annotated[
        bool,
        typer.Option(
            "--track",
            help="Follow objects: numbers that last, speed, moving or parked, in all outputs.",
        ),
    ] = False
    still: Annotated[
        bool,
        typer.Option(
            "--still", help="The sensor stands still, at a roadside, say: with --track, what moves is told then."
        ),
    ] = False


@dataclass(frozen=True)
class OutputOptions:
    """The outputs of labelled scans: files, Foxglove, the page."""

    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write each labelled scan to this new folder.")
    ] = None
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="SUFFIX", help=".npz (default), .ply, .pcd or .label; may be given again."),
    ] = None
    mcap: Annotated[
        Path | None,
        typer.Option(
            "--mcap", metavar="FILE", rich_help_panel=_FOXGLOVE, help="Write points, labels and objects to this file."
        ),
    ] = None
    foxglove: Annotated[
        bool,
        typer.Option(
            "--foxglove", rich_help_panel=_FOXGLOVE, help="Serve the same to Foxglove on ws://localhost:8765."
        ),
    ] = False
    foxglove_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--foxglove-origin",
            metavar="URL",
            rich_help_panel=_FOXGLOVE,
            help="Of a page that may connect as well, besides Foxglove's and this machine's; may be given again.",
        ),
    ] = None
    show: Annotated[
        bool,
        typer.Option(
            "--show",
            rich_help_panel=_PAGE,
            help="Watch in the browser. The page stays after a recording's end, until Ctrl-C.",
        ),
    ] = False
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", rich_help_panel=_PAGE, help="Begin a recording when the page is opened."),
    ] = True
