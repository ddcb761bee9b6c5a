"""`squeezeseg render`: labelled scans in perspective, as a picture or a video, without a display."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from apps import console
from apps.opening import load_segmenter, open_selected
from apps.options import (
    CrfOption,
    EngineOption,
    EveryOption,
    FramesOption,
    HeightOption,
    NeighboursOption,
    ObjectsOption,
    PrecisionOption,
    SensorOption,
    SourceArgument,
    SplitOption,
    StrictOption,
    UnknownBelowOption,
    ViewOption,
    WeightsOption,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from apps.drawing.colouring import ColourMode
    from apps.drawing.outlines import Outlines
    from apps.drawing.painter import Painter
    from data.labels import ClassMap
    from data.scan import Scan
    from data.sources import Frame, Source
    from squeezeseg import ResultBuffers, Segmentation, Segmenter

    Prepared = tuple[Frame, Scan, Segmentation, NDArray[np.uint8] | None, Sequence[Outlines]]
    """A frame, its scan and labels, its ground truth for errors, and the boxes to draw."""

PICTURES = (".png", ".jpg", ".webp")
SIZES = 64, 7680
"""Least and greatest width and height in pixels."""

_PICTURE = "Picture"


def render(
    source: SourceArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The picture: .png, .jpg or .webp; SOURCE-FRAME.png if not given."),
    ] = None,
    video: Annotated[
        Path | None, typer.Option("--video", metavar="FILE", help="A video of all frames: .mp4, .mkv or .mov.")
    ] = None,
    frame: Annotated[
        int | None, typer.Option("--frame", metavar="N", help="The picture's frame; the first if not given.")
    ] = None,
    colour: Annotated[
        Literal["class", "range", "height", "intensity", "confidence", "error"],
        typer.Option("--colour", rich_help_panel=_PICTURE, help="What the points' colours say."),
    ] = "class",
    camera: Annotated[
        str,
        typer.Option(
            "--camera",
            metavar="NAME|A,E,D",
            rich_help_panel=_PICTURE,
            help="chase, top, side, driver; or azimuth and elevation in degrees (0 ahead, 90 left) and metres.",
        ),
    ] = "chase",
    size: Annotated[
        str, typer.Option("--size", metavar="WxH", rich_help_panel=_PICTURE, help="Width and height in pixels.")
    ] = "1280x720",
    boxes: Annotated[
        bool,
        typer.Option(
            "--boxes", rich_help_panel=_PICTURE, help="Draw a box around each object; the true ones, if any, in white."
        ),
    ] = False,
    fps: Annotated[
        float, typer.Option("--fps", metavar="N", rich_help_panel=_PICTURE, help="The video's frames per second.")
    ] = 10.0,
    class_map: Annotated[
        str,
        typer.Option(
            "--class-map",
            metavar="NAME",
            rich_help_panel=_PICTURE,
            help="Which objects count as what: default or squeezeseg; for errors.",
        ),
    ] = "default",
    strict: StrictOption = False,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
    view: ViewOption = "full",
    sensor: SensorOption = None,
    height: HeightOption = None,
    weights: WeightsOption = "squeezeseg",
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
    objects: ObjectsOption = True,
    unknown_below: UnknownBelowOption = 0.0,
) -> None:
    """Draw labelled scans in perspective: one frame as a picture, or all of them as a video.

    No display and no graphics driver is needed. A video that is interrupted ends where it was.
    """
    from apps.drawing.painter import Painter
    from apps.drawing.video import check_video, find_ffmpeg
    from apps.drawing.viewpoint import parse_viewpoint
    from apps.run_folder import check_writable
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.engines.base import usable_cores

    pixels, viewpoint, truth = parse_size(size), parse_viewpoint(camera), named(class_map)
    if out is not None and out.suffix.lower() not in PICTURES:
        raise InputError(f"{out}: pictures are {', '.join(PICTURES)} files; give --video for a video")
    if video is not None:
        check_video(video, pixels, fps)
        find_ffmpeg()
    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    if colour == "error" and not recording.labelled:
        raise InputError(f"{source}: has no ground truth, so nobody knows the errors; choose another --colour")
    one = pick(recording, frame)
    if out is None and video is None:
        out = Path(f"{recording.name}-{one.name.replace('/', '-')}.png")
    for path in (out, video):
        if path is not None:
            check_writable(path, file=True)
    lanes = 1 if video is None else min(usable_cores(), len(recording))
    segmenter = load_segmenter(
        recording,
        view=view,
        weights=weights,
        engine=engine,
        precision=precision,
        lanes=lanes,
        crf=crf,
        neighbours=neighbours,
        objects=objects,
        unknown_below=unknown_below,
    )
    painter = Painter(pixels, viewpoint, recording.base_sensor.height)
    artist = Artist(recording, segmenter, painter, colour, truth, boxes=boxes)
    if out is not None:
        save_picture(out, artist.draw(one))
        console.say(f"written to [bold]{escape(str(out))}[/bold]")
    if video is not None:
        made, complete = make_video(artist, video, pixels, fps, strict=strict, lanes=lanes)
        console.say(f"{console.count(made, 'frame')} written to [bold]{escape(str(video))}[/bold]")
        if not complete:
            console.note(f"stopped after {made} of {len(recording)} frames; the video ends there")
            raise typer.Exit(130)


class Artist:
    """Draws the frames of a source as its segmenter labels them.

    class_map: of the ground truth, for errors. boxes: whether the objects have boxes.
    """

    def __init__(
        self,
        source: Source,
        segmenter: Segmenter,
        painter: Painter,
        colour: ColourMode,
        class_map: ClassMap,
        *,
        boxes: bool,
    ) -> None:
        self.source = source
        self.segmenter = segmenter
        self._painter = painter
        self._colour = colour
        self._class_map = class_map
        self._boxes = boxes

    def draw(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8. Raises InputError for a frame that can't be read, or has no ground truth."""
        return self.paint(self.prepare(self.segmenter, frame))

    def prepare(self, segmenter: Segmenter, frame: Frame, buffers: ResultBuffers | None = None) -> Prepared:
        """All that a frame's picture shows. Several threads may do so at once, each with a segmenter of its own."""
        from apps.drawing.outlines import outlines_of

        source = self.source
        scan = source.scan(frame)
        result = segmenter(scan, buffers=buffers)
        truth = source.truth(frame, scan, self._class_map) if self._colour == "error" else None
        return frame, scan, result, truth, outlines_of(source, frame, result) if self._boxes else ()

    def paint(self, prepared: Prepared) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8, in memory that the next one uses again."""
        from apps.drawing.colouring import colour_points

        frame, scan, result, truth, outlines = prepared
        return self._painter.draw(
            scan.points,
            colour_points(self._colour, scan, result, self.source.base_sensor.height, truth),
            f"{self.source.recording(frame)}  ·  frame {frame.number}",
            f"{self.segmenter.card.model}{summary(result)}",
            outlines,
        )


def make_video(
    artist: Artist, path: Path, size: tuple[int, int], fps: float, *, strict: bool = False, lanes: int = 1
) -> tuple[int, bool]:
    """Draw all frames of the artist's source: how many there are in the video, and whether Ctrl-C left none out.

    lanes: that label the frames ahead, as many as the artist's segmenter was loaded for. They are drawn in order.

    Raises:
        InputError: a frame can't be drawn and `strict`, or none can; or the video can't be written.
        KeyboardInterrupt: before the first frame. Then there is no video.
    """
    from apps.drawing.video import open_video
    from projection import InputError
    from squeezeseg.running.interruption import interrupt_afterwards

    source, complete = artist.source, True
    with open_video(path, size, fps) as video, console.progress("rendering", len(source)) as progress:
        try:
            with closing(_pictures(artist, strict=strict, lanes=lanes)) as pictures:
                for position, picture in pictures:
                    with interrupt_afterwards():  # half a picture would be the video's last
                        video.write(picture)
                    progress(position)
        except KeyboardInterrupt:
            complete = False
            if not video.frames:
                raise
        if not video.frames:
            raise InputError(f"{source.path}: none of its {len(source)} scans can be drawn; copy them again")
    return video.frames, complete


def _pictures(artist: Artist, *, strict: bool, lanes: int) -> Generator[tuple[int, NDArray[np.uint8]], None, None]:
    """Each frame's position from 1 and its picture; those that can't be read are reported and passed over."""
    from squeezeseg.running import lanes as pipeline

    frames = artist.source.frames
    strict = strict or len(frames) == 1
    with closing(pipeline.run(artist.segmenter, frames, artist.prepare, lanes=lanes, strict=strict)) as outcomes:
        for position, outcome in enumerate(outcomes, start=1):
            if outcome.result is None:
                console.warn(f"{outcome.error} (skipped)")
            else:
                yield position, artist.paint(outcome.result)


def pick(source: Source, number: int | None) -> Frame:
    """The frame of this number, or the first. Raises InputError if there is none."""
    from projection import InputError

    found = (frame for frame in source.frames if number in (None, frame.number))
    if (frame := next(found, None)) is None:
        numbers = f"{source.frames[0].number} to {source.frames[-1].number}"
        raise InputError(f"{source.path}: no frame {number} among its {len(source)}, numbered {numbers}")
    return frame


def parse_size(text: str) -> tuple[int, int]:
    """'1280x720' -> width and height in pixels. Raises InputError."""
    from projection import InputError

    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower(), re.ASCII)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    least, most = SIZES
    if not all(least <= side <= most for side in sides):
        raise InputError(f"size {text!r}: must be WIDTHxHEIGHT, each {least} to {most} pixels, such as 1280x720")
    return sides


def summary(result: Segmentation) -> str:
    """': 8 cars, 1 cyclist', or nothing."""
    from data.labels import CLASSES

    labels, numbers = result.labels, result.objects
    names = ", ".join(
        console.count(number, CLASSES[k])
        for k in range(1, len(CLASSES))
        if (number := len(set(numbers[(labels == k) & (numbers > 0)].tolist())))
    )
    return f": {names}" if names else ""


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 in the format that the suffix names, atomically."""
    from PIL import Image

    from data.atomic import atomic_write

    kind = {".jpg": "JPEG"}.get(path.suffix.lower(), path.suffix[1:].upper())
    with atomic_write(path) as file:
        Image.fromarray(picture).save(file, kind, quality=90)
