"""`squeezeseg segment`: every point of a recording labelled, into a run's folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape

from apps import console
from apps.opening import load_segmenter, open_selected
from apps.options import (
    CrfOption,
    EveryOption,
    FramesOption,
    HeightOption,
    JsonOption,
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
    from apps.run_folder import RunFolder
    from data.sources import Source
    from squeezeseg import Segmenter

T = TypeVar("T")

INCLUDED = "reading, projection, network, CRF, objects, back-projection and writing"


def segment(
    source: SourceArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="RUN", help="Folder for the results; runs/SOURCE-VIEW if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="SUFFIX", help=".label (default), .ply, .pcd or .npz; may be given again."),
    ] = None,
    boxes: Annotated[bool, typer.Option("--boxes", help="Write a 3D box for each object, JSON line by line.")] = False,
    tracklets: Annotated[
        bool, typer.Option("--tracklets", help="Write the boxes as KITTI's tracklet_labels.xml as well.")
    ] = False,
    pictures: Annotated[int, typer.Option("--pictures", metavar="N", help="Draw N of the frames.")] = 0,
    strict: StrictOption = False,
    as_json: JsonOption = False,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
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
    """Label every point of a recording.

    Each scan gets a file of labels in the run's folder, one per point in the scan's own order; run.json there
    says how they were made. A scan that can't be read is reported and passed over.
    """
    from apps.run_folder import BOXES, RunFolder
    from projection import InputError

    if pictures < 0:
        raise InputError(f"pictures {pictures}: must be 0 or more")
    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    suffixes = check_formats(formats or [".label"]) + [BOXES] * (boxes or tracklets)
    folder = out or Path("runs", f"{recording.name}-{view}")
    segmenter = load_segmenter(
        recording,
        view=view,
        weights=weights,
        precision=precision,
        crf=crf,
        neighbours=neighbours,
        objects=objects,
        unknown_below=unknown_below,
    )
    if BOXES in suffixes and segmenter.vote is None:
        reason = f"{weights} has no vote on them; take other weights" if objects else "leave out --no-objects"
        raise InputError(f"boxes are drawn around objects: {reason}")
    run = RunFolder(folder, settings(recording, segmenter), suffixes, resume=resume)
    selection = [("--frames", frames), ("--every", every if every > 1 else None), ("--split", split)]
    run.about["selection"] = [str(word) for pair in selection if pair[1] is not None for word in pair]
    try:
        segment_frames(run, recording, segmenter, strict=strict, pictures=pictures)
        if tracklets:
            run.write_tracklets(recording.frames)
    except KeyboardInterrupt:
        done = sum(run.done(frame) for frame in recording.frames)
        console.note(f"stopped after {done} of {len(recording)} frames; the same command with --resume goes on")
        raise typer.Exit(130) from None
    if as_json:
        console.print_json(run.as_dict())
    else:
        report(run, recording)
    if not any(run.done(frame) for frame in recording.frames):
        raise InputError(f"{recording.path}: none of its {len(recording)} scans can be read; copy them again")


def check_formats(suffixes: list[str]) -> list[str]:
    """Suffixes with their dots, each once. Raises InputError for an unknown one."""
    from data.sinks import sink_for

    for suffix in suffixes:
        sink_for(suffix)
    return list(dict.fromkeys(f".{suffix.lstrip('.').lower()}" for suffix in suffixes))


def settings(source: Source, segmenter: Segmenter) -> dict[str, Any]:
    """All that the labels depend on, as it was set: the cut that is estimated wavers with the scan it is read off."""
    card = segmenter.card
    return {
        "source": str(source.path.resolve()),
        "sensor": asdict(replace(segmenter.sensor, cut=source.base_sensor.cut)),
        "weights": {"file": card.file, "model": card.model, "checksum": card.checksum},
        "engine": segmenter.engine.name,
        "crf": None if segmenter.crf is None else asdict(segmenter.crf),
        "neighbours": segmenter.neighbours,
        "objects": segmenter.vote is not None,
        "unknown_below": segmenter.unknown_below,
    }


def segment_frames(
    run: RunFolder, source: Source, segmenter: Segmenter, *, strict: bool = False, pictures: int = 0
) -> None:
    """Label those frames of `source` that `run` lacks. run.json is written whatever ends this.

    Raises:
        InputError: a scan can't be read and `strict`, or it is the only one; or the folder can't be written.
    """
    from projection import InputError
    from squeezeseg.timing import Pace

    drawn = {frame.name for frame in spread(source.frames, pictures)}
    if drawn:  # here, for matplotlib takes a second, which is none of the frames'
        from apps.pictures import draw_frame, is_drawn
    todo = [
        frame
        for frame in source.frames
        if not run.done(frame) or (frame.name in drawn and not is_drawn(run.pictures, frame.name))
    ]
    pace, clock = Pace(), segmenter.clock
    run.about["status"] = "unfinished"
    try:
        with console.progress("segmenting", len(source)) as progress:
            for position, frame in enumerate(todo, start=len(source) - len(todo)):
                progress(position)
                try:
                    with clock("read"):
                        scan = source.scan(frame)
                    result = segmenter(scan)
                except InputError as error:
                    reason = str(error) if str(frame.path) in str(error) else f"{frame.path}: {error}"
                    if strict or len(source) == 1:
                        raise InputError(reason) from None
                    console.warn(f"{reason} (skipped)")
                    run.fail(frame, reason)
                    continue
                with clock("write"):
                    run.write(frame, scan, result)
                pace.tick()
                if frame.name in drawn:
                    with pace.paused():
                        draw_frame(run.pictures, frame.name, scan, result)
        run.about["status"] = "complete"
    finally:
        if pace.frames:
            run.about["speed"] = speed(segmenter, pace.frames, pace.fps)
        if run.frames:
            run.save()


def spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of the items, evenly spread, the first among them."""
    count = min(count, len(items))
    return [items[k * len(items) // count] for k in range(count)]


def speed(segmenter: Segmenter, frames: int, fps: float | None) -> dict[str, Any]:
    """How fast these frames went, and on what."""
    from squeezeseg.processor import describe

    return {
        "frames": frames,
        "fps": None if fps is None else round(fps, 3),
        "fps_includes": INCLUDED,
        "stages_ms": segmenter.clock.summary(),
        "processor": describe().name,
        "cores": len(os.sched_getaffinity(0)),
        "threads": segmenter.engine.threads,
        "engine": segmenter.engine.name,
    }


def report(run: RunFolder, source: Source) -> None:
    """Say what was done, and what to do next."""
    facts = run.as_dict()
    failed = f", {facts['failed']} could not be read" if facts["failed"] else ""
    console.say(f"[bold]{console.count(facts['done'], 'frame')} labelled[/bold]{failed}: {escape(source.name)}")
    total = max(sum(facts["points"].values()), 1)
    classes = console.table("class", "points", "share", "objects")
    for name, points in facts["points"].items():
        classes.add_row(name, f"{points:,}", f"{points / total:.2%}", str(facts["objects"].get(name, "")))
    console.show(classes)
    if measured := facts.get("speed"):
        stages = console.table("stage (ms)", "p50", "p95", "p99")
        for name, times in measured["stages_ms"].items():
            stages.add_row(name, *(f"{times[key]:.1f}" for key in ("p50", "p95", "p99")))
        console.show(stages)
        if measured["fps"] is not None:
            console.say(f"{measured['fps']:.1f} frames/s with {measured['fps_includes']}")
        threads = f"{measured['threads']} thread{'s' * (measured['threads'] > 1)}"
        console.say(f"{measured['engine']}, {threads}, {escape(measured['processor'])}", style="dim")
    console.say(f"written to [bold]{escape(str(run.path))}[/bold]")
    if source.labelled and ".label" in run.formats:
        command = ["squeezeseg", "eval", str(source.path), *facts["selection"], "--predictions", str(run.path)]
        console.say(f"next: {escape(shlex.join(command))}", style="dim")
