"""Options that several commands share: declared once, the same name means the same everywhere.

A dataclass of options reaches a command as one object, see `apps.option_groups`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

_FRAMES = "Which frames"
_SENSOR = "Sensor"
_NETWORK = "Network"
_PAGE = "Page"

SourceArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE",
        help="A drive, a data set, a folder of scans, one scan or several, a capture (.pcap) or a ROS bag.",
    ),
]
ClassMapOption = Annotated[
    str, typer.Option("--class-map", metavar="NAME", help="Which objects count as what: default or squeezeseg.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at a scan that can't be read, don't skip it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]
RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS|local",
        help="Spread the work over a Ray cluster: HOST:PORT, auto on one of its machines, or local for a process on "
        "each core here.",
    ),
]
PredictionsOption = Annotated[
    Path | None,
    typer.Option("--predictions", metavar="RUN", help="Take the labels in a run's folder, run no network."),
]
SHOWN_SEED = 22
"""Of the street that a new user sees first: all classes are near the car in it, from its first scan on."""
SplitOption = Annotated[
    Path | None,
    typer.Option("--split", metavar="LIST", rich_help_panel=_FRAMES, help="Frames that a text file names, one a line."),
]


@dataclass(frozen=True)
class Selection:
    """The frames of a recording that a command works on; see `data.sources.select`."""

    frames: Annotated[
        str | None,
        typer.Option(
            "--frames",
            metavar="A:B",
            rich_help_panel=_FRAMES,
            help="Frames from number A up to, but not including, B; or A alone.",
        ),
    ] = None
    every: Annotated[
        int, typer.Option("--every", metavar="N", rich_help_panel=_FRAMES, help="The first of every N frames.")
    ] = 1
    split: SplitOption = None
    topic: Annotated[
        str | None,
        typer.Option("--topic", metavar="NAME", rich_help_panel=_FRAMES, help="The topic to read from a bag."),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="NAME|FILE",
            rich_help_panel=_FRAMES,
            show_default="what the recording implies",
            help="What the numbers in .label files mean: a data set's name, or a .yaml file as semantic-kitti-api has.",
        ),
    ] = None

    @property
    def words(self) -> list[str]:
        """The options that say the same on a command line."""
        given = [
            ("--frames", self.frames),
            ("--every", self.every if self.every > 1 else None),
            ("--split", self.split),
            ("--topic", self.topic),
            ("--labels", self.labels),
        ]
        return [str(word) for option, value in given if value is not None for word in (option, value)]


@dataclass(frozen=True)
class ObjectFiles:
    """What a run writes of objects, beside their numbers in the labels."""

    boxes: Annotated[bool, typer.Option("--boxes", help="Write a 3D box for each object, JSON line by line.")] = False
    tracklets: Annotated[
        bool, typer.Option("--tracklets", help="Write the boxes as KITTI's tracklet_labels.xml as well.")
    ] = False
    track: Annotated[
        bool,
        typer.Option("--track", help="Follow objects: their numbers last through the recording; writes tracks.jsonl."),
    ] = False
    static_only: Annotated[
        Literal["moving", "all"] | None,
        typer.Option(
            "--static-only",
            metavar="moving|all",
            help="Write the scans without what moves, or without all cars and people, into static/: for maps.",
        ),
    ] = None


@dataclass(frozen=True)
class PageOptions:
    """The address of the page in the browser, and who gets in."""

    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", rich_help_panel=_PAGE, help="To listen on; 0.0.0.0 for other machines."
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", rich_help_panel=_PAGE, help="8501 or the next that is free, if not given."),
    ] = None
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="TEXT",
            rich_help_panel=_PAGE,
            help="What the browser must send; if not given, a random one is in the printed address.",
        ),
    ] = None
    no_token: Annotated[
        bool,
        typer.Option(
            "--no-token",
            rich_help_panel=_PAGE,
            help="Ask for none: all users of this machine may look. Not with --host.",
        ),
    ] = False
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", rich_help_panel=_PAGE, help="Open the page where there is a display."),
    ] = True


_MODEL: Any = typer.Option(
    "--model",
    "--weights",
    metavar="NAME|FILE",
    rich_help_panel=_NETWORK,
    show_default="auto",
    help="auto: the best score that keeps up with a sensor here; a network by name, or your weights: 'squeezeseg "
    "models'.",
)
ModelsOption = Annotated[list[str] | None, _MODEL]
"""--model where it may be given several times."""


@dataclass(frozen=True)
class SettingsOptions:
    """The options of `InferenceSettings`, of the same names; None: not given.

    Their defaults are told and not set here: a settings file or the environment may have others.
    """

    view: Annotated[
        Literal["front", "full"] | None,
        typer.Option(
            "--view",
            rich_help_panel=_SENSOR,
            show_default="full",
            help="The whole turn, or the 90 degrees ahead.",
        ),
    ] = None
    sensor: Annotated[
        str | None,
        typer.Option(
            "--sensor",
            metavar="NAME|FILE",
            rich_help_panel=_SENSOR,
            show_default="what the recording implies",
            help="hdl64, hdl32, vlp16, puck_hires, vlp32c, vls128 or a .yaml file.",
        ),
    ] = None
    height: Annotated[
        float | None,
        typer.Option(
            "--height",
            metavar="METRES",
            rich_help_panel=_SENSOR,
            show_default="the sensor's",
            help="Of the sensor above the ground.",
        ),
    ] = None
    model: Annotated[str | None, _MODEL] = None
    engine: Annotated[
        Literal["auto", "openvino", "onnxruntime", "torch"] | None,
        typer.Option(
            "--engine",
            rich_help_panel=_NETWORK,
            show_default="auto",
            help="auto: torch where there is a GPU, else the fastest here, which is timed once.",
        ),
    ] = None
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "int8"] | None,
        typer.Option(
            "--precision",
            rich_help_panel=_NETWORK,
            show_default="auto",
            help="auto: the fastest here, which is timed once.",
        ),
    ] = None
    lanes: Annotated[
        int | None,
        typer.Option(
            "--lanes",
            metavar="N",
            rich_help_panel=_NETWORK,
            show_default="one a core; 1 for scans that arrive one by one",
            help="Scans at once, each on a core of its own. 1: one after the other, on all cores.",
        ),
    ] = None
    crf: Annotated[
        bool | None,
        typer.Option(
            "--crf/--no-crf",
            rich_help_panel=_NETWORK,
            show_default="crf",
            help="Refine the labels with the recurrent CRF.",
        ),
    ] = None
    neighbours: Annotated[
        int | None,
        typer.Option(
            "--neighbours",
            metavar="K",
            rich_help_panel=_NETWORK,
            show_default="5",
            help="Votes for a point hidden behind another surface; 0 gives it its pixel's label.",
        ),
    ] = None
    objects: Annotated[
        bool | None,
        typer.Option(
            "--objects/--no-objects",
            rich_help_panel=_NETWORK,
            show_default="objects",
            help="Find objects: points that hang together get one class and a number.",
        ),
    ] = None
    unknown_below: Annotated[
        float | None,
        typer.Option(
            "--unknown-below",
            metavar="P",
            rich_help_panel=_NETWORK,
            show_default="0",
            help="Points of less confidence than P, 0 to 1, get the label 255: unknown.",
        ),
    ] = None


SettingsFileOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="A .yaml file of settings, such as 'model: fast'. SQUEEZESEG_MODEL and the like in the environment "
        "overrule it, options overrule both.",
    ),
]
