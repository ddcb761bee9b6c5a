"""The options of a picture, and what they mean. Imports nothing heavy: the command line's help needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

PICTURES = (".png", ".jpg", ".webp")
VIDEOS = (".mp4", ".mkv", ".mov", ".gif")
"""A moving .webp is a video too, where it is asked for as one."""
SIZES = 64, 7680
"""Least and greatest width and height in pixels."""

_PICTURE = "Picture"


@dataclass(frozen=True)
class PictureOptions:
    """The look of a picture."""

    colour: Annotated[
        Literal["class", "range", "height", "intensity", "confidence", "error"],
        typer.Option("--colour", rich_help_panel=_PICTURE, help="What the points' colours say."),
    ] = "class"
    camera: Annotated[
        str,
        typer.Option(
            "--camera",
            metavar="NAME|A,E,D",
            rich_help_panel=_PICTURE,
            help="chase, top, side, driver; or azimuth and elevation in degrees (0 ahead, 90 left) and metres.",
        ),
    ] = "chase"
    size: Annotated[
        str, typer.Option("--size", metavar="WxH", rich_help_panel=_PICTURE, help="Width and height in pixels.")
    ] = "1280x720"
    boxes: Annotated[
        bool,
        typer.Option(
            "--boxes", rich_help_panel=_PICTURE, help="Draw a box around each object; the true ones, if any, in white."
        ),
    ] = False
    track: Annotated[
        bool,
        typer.Option(
            "--track",
            rich_help_panel=_PICTURE,
            help="Draw tracks, those of the run if it has some: number, speed, trail, moving or parked as a colour.",
        ),
    ] = False
    fps: Annotated[
        float, typer.Option("--fps", metavar="N", rich_help_panel=_PICTURE, help="The video's frames per second.")
    ] = 10.0
    class_map: Annotated[
        str,
        typer.Option(
            "--class-map",
            metavar="NAME",
            rich_help_panel=_PICTURE,
            help="Which objects count as what: default or squeezeseg; for errors.",
        ),
    ] = "default"


def parse_size(text: str) -> tuple[int, int]:
    """'1280x720' -> width and height in pixels. Raises InputError."""
    from projection import InputError

    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower(), re.ASCII)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    least, most = SIZES
    if not all(least <= side <= most for side in sides):
        raise InputError(f"size {text!r}: must be WIDTHxHEIGHT, each {least} to {most} pixels, such as 1280x720")
    return sides
