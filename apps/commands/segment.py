"""`squeezeseg segment`: every point of a recording labelled, into a run's folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

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
    JsonOption,
    LanesOption,
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
    from typing import TypeAlias

    from apps.run_folder import RunFolder
    from data.scan import Scan
    from data.sources import Frame, Source
    from squeezeseg import ResultBuffers, Segmentation, Segmenter
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.running.rate_meter import RateMeter

    Segmented: TypeAlias = tuple[Scan, Segmentation, Sequence[Detection]]

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
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    lanes: LanesOption = None,
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
    from squeezeseg.engines.base import usable_cores

    if pictures < 0:
        raise InputError(f"pictures {pictures}: must be 0 or more")
    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    suffixes = check_formats(formats or [".label"]) + [BOXES] * (boxes or tracklets)
    lanes = min(lanes or usable_cores(), len(recording))
    folder = out or Path("runs", f"{recording.name}-{view}")
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
    if BOXES in suffixes and segmenter.classifier is None:
        reason = f"{weights} has no object classifier; take other weights" if objects else "leave out --no-objects"
        raise InputError(f"boxes are drawn around objects: {reason}")
    run = RunFolder(folder, settings(recording, segmenter), suffixes, resume=resume)
    selection = [("--frames", frames), ("--every", every if every > 1 else None), ("--split", split)]
    run.about["selection"] = [str(word) for pair in selection if pair[1] is not None for word in pair]
    try:
        segment_frames(run, recording, segmenter, lanes=lanes, strict=strict, pictures=pictures)
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
        "neighbours": segmenter.settings.neighbours,
        "objects": segmenter.classifier is not None,
        "unknown_below": segmenter.settings.unknown_below,
    }


def segment_frames(
    run: RunFolder, source: Source, segmenter: Segmenter, *, lanes: int = 1, strict: bool = False, pictures: int = 0
) -> None:
    """Label those frames of `source` that `run` lacks, in as many lanes as `segmenter` was loaded for.

    run.json is written whatever ends this.

    Raises:
        InputError: a scan can't be read and `strict`, or it is the only one; or the folder can't be written.
    """
    from apps.run_folder import BOXES
    from squeezeseg.objects.boxes import detect
    from squeezeseg.running import lanes as pipeline
    from squeezeseg.running.rate_meter import RateMeter

    def label(own: Segmenter, frame: Frame, buffers: ResultBuffers) -> Segmented:
        with own.clock("read"):
            scan = source.scan(frame)
        result = own(scan, buffers=buffers)
        return scan, result, detect(result) if BOXES in run.formats else ()

    todo = [frame for frame in source.frames if not run.done(frame)]
    rate = RateMeter(warm_up=lanes)
    run.about["status"] = "unfinished"
    try:
        outcomes = pipeline.run(segmenter, todo, label, lanes=lanes, strict=strict or len(source) == 1)
        with console.progress("segmenting", len(source)) as progress, closing(outcomes):
            for position, outcome in enumerate(outcomes, start=len(source) - len(todo) + 1):
                if outcome.result is None:
                    console.warn(f"{outcome.error} (skipped)")
                    run.record_failure(outcome.frame, str(outcome.error))
                else:
                    with segmenter.clock("write"):
                        run.write(outcome.frame, *outcome.result)
                    rate.tick()
                progress(position)
        if pictures:
            draw_pictures(run, source, segmenter, pictures)
        run.about["status"] = "complete"
    finally:
        if rate.frames:
            run.about["speed"] = speed(segmenter, rate, lanes)
        if run.frames:
            run.save()


def draw_pictures(run: RunFolder, source: Source, segmenter: Segmenter, count: int) -> None:
    """Draw `count` of the labelled frames, evenly spread, where they are not drawn yet.

    They are segmented once more: matplotlib takes a second a frame, and would hold up the lanes.
    """
    from apps.drawing.figures import draw_frame, is_drawn

    chosen = [frame for frame in spread(source.frames, count) if run.done(frame)]
    own = segmenter.clone()  # whose times don't count
    with console.progress("drawing", len(chosen)) as progress:
        for done, frame in enumerate(chosen, start=1):
            if not is_drawn(run.pictures, frame.name):
                scan = source.scan(frame)
                draw_frame(run.pictures, frame.name, scan, own(scan))
            progress(done)


def spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of the items, evenly spread, the first among them."""
    count = min(count, len(items))
    return [items[k * len(items) // count] for k in range(count)]


def speed(segmenter: Segmenter, rate: RateMeter, lanes: int) -> dict[str, Any]:
    """How fast these frames went, and on what. The times of stages are those of a lane, while the others work too."""
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.engines.processor import describe

    return {
        "frames": rate.frames,
        "fps": None if rate.fps is None else round(rate.fps, 3),
        "fps_includes": INCLUDED,
        "stages_ms": segmenter.clock.summary(warm_up=lanes),
        "processor": describe().name,
        "cores": usable_cores(),
        "lanes": lanes,
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
        loading = "" if measured["fps"] else ", with loading"  # so few scans that none came after the first of a lane
        stages = console.table(f"stage (ms){loading}", "p50", "p95", "p99")
        for name, times in measured["stages_ms"].items():
            stages.add_row(name, *(f"{times[key]:.1f}" for key in ("p50", "p95", "p99")))
        console.show(stages)
        if measured["fps"] is not None:
            console.say(f"{measured['fps']:.1f} frames/s with {measured['fps_includes']}")
        how = f"{console.count(measured['lanes'], 'lane')}, {console.count(measured['threads'], 'thread')} each"
        console.say(f"{measured['engine']}, {how}, {escape(measured['processor'])}", style="dim")
    console.say(f"written to [bold]{escape(str(run.path))}[/bold]")
    if source.labelled and ".label" in run.formats:
        command = ["squeezeseg", "eval", str(source.path), *facts["selection"], "--predictions", str(run.path)]
        console.say(f"next: {escape(shlex.join(command))}", style="dim")
