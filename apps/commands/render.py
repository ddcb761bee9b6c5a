"""`squeezeseg render`: labelled scans in perspective, as a picture or a video, without a display."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.markup import escape

from apps import console
from apps.drawing.options import PICTURES, VIDEOS, PictureOptions, parse_size
from apps.opening import load_segmenter, open_selected, pick
from apps.option_groups import Inference, takes
from apps.options import PredictionsOption, Selection, SourceArgument, StrictOption

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from apps.drawing.perspective.artist import Artist, Labels
    from data.sources import Frame
    from squeezeseg import InferenceSettings, Segmenter


@takes(look=PictureOptions, selection=Selection, settings=Inference())
def render(
    context: typer.Context,
    source: SourceArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A picture: .png, .jpg or .webp, SOURCE-FRAME.png if not given; or a video of all frames: .mp4, .mkv, "
            ".mov or .gif.",
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            "--video", metavar="FILE", help="A video as well as the picture: .mp4, .mkv, .mov, .gif or moving .webp."
        ),
    ] = None,
    frame: Annotated[
        int | None, typer.Option("--frame", metavar="N", help="The picture's frame; the first if not given.")
    ] = None,
    predictions: PredictionsOption = None,
    strict: StrictOption = False,
    *,
    look: PictureOptions,
    selection: Selection,
    settings: InferenceSettings,
) -> None:
    """Draw labelled scans in perspective: one frame as a picture, or all of them as a video.

    Files that 'segment' wrote are drawn with the labels in them. No display and no graphics driver is needed. A video
    that is interrupted ends where it was.
    """
    from apps.drawing.perspective.artist import Artist, save_picture, segment
    from apps.drawing.perspective.painter import Painter
    from apps.drawing.perspective.video import ENCODINGS, check_video, find_ffmpeg
    from apps.drawing.perspective.viewpoint import parse_viewpoint
    from apps.following import following
    from apps.run_folder import check_writable
    from apps.saved_run import own_labels, saved_run
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.engines.base import usable_cores

    pixels, viewpoint, truth = parse_size(look.size), parse_viewpoint(look.camera), named(look.class_map)
    if out is not None and out.suffix.lower() not in PICTURES:
        if out.suffix.lower() not in ENCODINGS:
            raise InputError(f"{out}: pictures are {', '.join(PICTURES)} files, videos {', '.join(VIDEOS)}")
        if video is not None:
            raise InputError(f"{out} and {video}: two videos; give --out a picture, or leave out --video")
        if frame is not None:
            raise InputError(f"--frame {frame}: a video has all frames; choose some with --frames, or write a .png")
        out, video = None, out
    if video is not None:
        check_video(video, pixels, look.fps)
        find_ffmpeg()
    recording = open_selected(source, settings, selection, predictions)
    if look.colour == "error" and not recording.labelled:
        raise InputError(f"{recording.path}: has no ground truth, so nobody knows the errors; choose another --colour")
    one = pick(recording, frame)
    if out is None and video is None:
        out = Path(f"{recording.name}-{one.name.replace('/', '-')}.png")
    for path in (out, video):
        if path is not None:
            check_writable(path, file=True)
    painter = Painter(pixels, viewpoint, recording.base_sensor.height)
    lanes, segmenter = 1, None
    labels: Labels = segment
    predictions = predictions or own_labels(context, recording)
    if predictions is None:
        lanes = 1 if video is None else min(settings.lanes or usable_cores(), len(recording))
        segmenter = load_segmenter(recording, settings, lanes=lanes)
        if look.track and segmenter.classifier is None:
            raise InputError(
                "--track follows objects, which aren't told apart here; leave out --no-objects, or --track"
            )
        by = segmenter.card.model
    else:
        _, made, saved = saved_run(recording, predictions)
        if look.colour == "confidence" and saved(one, recording.scan(one)).confidence is None:
            raise InputError(f"--colour confidence: the labels in {predictions} have none; choose another --colour")
        labels, by = (lambda _, frame, scan, __: saved(frame, scan)), made["settings"]["weights"]["model"]
    follow = following(recording, predictions) if look.track else None
    artist = Artist(recording, labels, by, painter, look.colour, truth, boxes=look.boxes, follow=follow)
    if out is not None:
        if follow is not None:
            lead_in(artist, segmenter, one)
        save_picture(out, artist.paint(artist.prepare(segmenter, one)))
        console.say(f"written to [bold]{escape(str(out))}[/bold]")
    if video is not None:
        frames, complete = make_video(artist, segmenter, video, pixels, look.fps, strict=strict, lanes=lanes)
        console.say(f"{console.count(frames, 'frame')} written to [bold]{escape(str(video))}[/bold]")
        if not complete:
            console.note(f"stopped after {frames} of {len(recording)} frames; the video ends there")
            raise typer.Exit(130)


def lead_in(artist: Artist, segmenter: Segmenter | None, frame: Frame) -> None:
    """Follow objects through the frames before one, as far as its picture shows them.

    Raises InputError for a frame that can't be read.
    """
    from squeezeseg.tracking.followed import TRAIL

    frames = artist.source.frames
    at = frames.index(frame)
    for before in frames[max(0, at - TRAIL) : at]:
        artist.follow(artist.prepare(segmenter, before))


def make_video(
    artist: Artist,
    segmenter: Segmenter | None,
    path: Path,
    size: tuple[int, int],
    fps: float,
    *,
    strict: bool = False,
    lanes: int = 1,
) -> tuple[int, bool]:
    """Draw all frames of the artist's source: how many there are in the video, and whether Ctrl-C left none out.

    segmenter: labels the frames, None where they have their labels already. lanes: that label the frames ahead, as many
        as it was loaded for. They are drawn in order.

    Raises:
        InputError: a frame can't be drawn and `strict`, or none can; or the video can't be written.
        KeyboardInterrupt: before the first frame. Then there is no video.
    """
    from apps.drawing.perspective.video import open_video
    from projection import InputError
    from squeezeseg.running.interruption import interrupt_afterwards

    source, complete = artist.source, True
    with open_video(path, size, fps) as video, console.progress("rendering", len(source)) as progress:
        try:
            with closing(_pictures(artist, segmenter, strict=strict, lanes=lanes)) as pictures:
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


def _pictures(
    artist: Artist, segmenter: Segmenter | None, *, strict: bool, lanes: int
) -> Generator[tuple[int, NDArray[np.uint8]], None, None]:
    """Each frame's position from 1 and its picture; those that can't be read are reported and passed over."""
    from squeezeseg.running import lanes as pipeline

    frames = artist.source.frames
    strict = strict or len(frames) == 1
    own = cast("Segmenter", segmenter)  # one lane only passes it on, and it may be none
    with closing(pipeline.run(own, frames, artist.prepare, lanes=lanes, strict=strict)) as outcomes:
        for position, outcome in enumerate(outcomes, start=1):
            if outcome.result is None:
                console.warn(f"{outcome.error} (skipped)")
            else:
                yield position, artist.paint(outcome.result)
