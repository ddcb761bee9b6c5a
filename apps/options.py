"""The options that several commands share: the same name means the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

View = Literal["full", "front"]
Engine = Literal["auto", "openvino", "onnxruntime", "torch"]
Precision = Literal["auto", "float32", "bfloat16", "int8"]

_FRAMES = "Which frames"
_SENSOR = "Sensor"
NETWORK = "Network"

SourceArgument = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="A drive, a data set, a folder of scans or a single scan.")
]
FramesOption = Annotated[
    str | None,
    typer.Option(
        "--frames", metavar="A:B", rich_help_panel=_FRAMES, help="Frames numbered A up to but without B, or A alone."
    ),
]
EveryOption = Annotated[
    int, typer.Option("--every", metavar="N", rich_help_panel=_FRAMES, help="The first of every N frames.")
]
SplitOption = Annotated[
    Path | None,
    typer.Option("--split", metavar="LIST", rich_help_panel=_FRAMES, help="Frames that a text file names, one a line."),
]
ViewOption = Annotated[
    View, typer.Option("--view", rich_help_panel=_SENSOR, help="The whole turn, or the 90 degrees ahead.")
]
SensorOption = Annotated[
    str | None,
    typer.Option(
        "--sensor",
        metavar="NAME|FILE",
        rich_help_panel=_SENSOR,
        help="hdl64, hdl32, vlp16, puck_hires, vlp32c, vls128 or a .yaml file, where the recording doesn't imply it.",
    ),
]
HeightOption = Annotated[
    float | None,
    typer.Option("--height", metavar="METRES", rich_help_panel=_SENSOR, help="Of the sensor above the ground."),
]
WeightsOption = Annotated[
    str,
    typer.Option(
        "--model",
        "--weights",
        metavar="NAME|FILE",
        rich_help_panel=NETWORK,
        help="squeezeseg, fast, or your weights.",
    ),
]
EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine", rich_help_panel=NETWORK, help="auto: torch where there is a GPU, else the fastest installed."
    ),
]
PrecisionOption = Annotated[
    Precision,
    typer.Option(
        "--precision",
        rich_help_panel=NETWORK,
        help="auto: the smallest that the engine has and the hardware multiplies.",
    ),
]
LanesOption = Annotated[
    int | None,
    typer.Option(
        "--lanes",
        metavar="N",
        min=1,
        rich_help_panel=NETWORK,
        help="Scans at once, each on a core of its own; else one a core. 1: one after the other, on all cores.",
    ),
]
CrfOption = Annotated[
    bool, typer.Option("--crf/--no-crf", rich_help_panel=NETWORK, help="Refine the labels with the recurrent CRF.")
]
NeighboursOption = Annotated[
    int,
    typer.Option(
        "--neighbours",
        metavar="K",
        rich_help_panel=NETWORK,
        help="Votes for a point hidden behind another surface; 0 gives it its pixel's label.",
    ),
]
ObjectsOption = Annotated[
    bool,
    typer.Option(
        "--objects/--no-objects", rich_help_panel=NETWORK, help="Give what hangs together one class, and a number."
    ),
]
UnknownBelowOption = Annotated[
    float,
    typer.Option(
        "--unknown-below",
        metavar="P",
        rich_help_panel=NETWORK,
        help="Points of less confidence than P, 0 to 1, get the label 255: unknown.",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at a scan that can't be read, don't skip it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]
