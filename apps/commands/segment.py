"""`squeezeseg segment`: every point of a recording labelled, into a run's folder."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps import console
from apps.opening import as_loaded, load_segmenter, open_selected, spread, typed_path
from apps.option_groups import Inference, takes
from apps.options import JsonOption, ObjectFiles, RayOption, Selection, SourceArgument, StrictOption
from apps.run_report import report

if TYPE_CHECKING:
    from apps.run_folder import RunFolder
    from apps.run_tracks import RunTracks
    from data.sources import Source
    from squeezeseg import InferenceSettings, Segmenter
    from squeezeseg.running.rate_meter import RateMeter

INCLUDED = "reading, projection, network, CRF, objects, back-projection and writing"


@takes(objects=ObjectFiles, selection=Selection, settings=Inference(lanes=True))
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
    pictures: Annotated[int, typer.Option("--pictures", metavar="N", help="Draw N of the frames.")] = 0,
    strict: StrictOption = False,
    ray: RayOption = None,
    as_json: JsonOption = False,
    *,
    objects: ObjectFiles,
    selection: Selection,
    settings: InferenceSettings,
) -> None:
    """Label every point of a recording.

    Each scan gets a file of labels in the run's folder, one per point in the scan's own order; run.json there
    says how they were made. A scan that can't be read is reported and passed over.
    """
    from apps.frame_files import BOXES, TRACKS
    from apps.labelling import check_for_ray
    from apps.run_folder import RunFolder, check_formats, resolved_settings
    from apps.run_name import run_folder
    from apps.run_static import check_static, write_static
    from apps.run_tracks import RunTracks
    from apps.saved_run import settings_of_run
    from projection import InputError
    from squeezeseg.engines.base import usable_cores

    if pictures < 0:
        raise InputError(f"pictures {pictures}: must be 0 or more")
    recording = open_selected(source, settings, selection)
    track = objects.track or objects.static_only == "moving"
    suffixes = check_formats(formats or [".label"]) + [BOXES] * (objects.boxes or objects.tracklets) + [TRACKS] * track
    if objects.static_only is not None:
        check_static(recording, objects.static_only)
        if ".label" not in suffixes:
            raise InputError("--static-only reads the labels that are written; add --format .label")
    if track and ray is not None:
        raise InputError("--track follows objects in the order of the frames, and --ray labels them in no order")
    warn_of_labels_alone(recording, suffixes)
    lanes = min(settings.lanes or usable_cores(), len(recording))
    folder = out or run_folder(typed_path(source, recording), recording, settings.view, resume=resume)
    if resume:
        settings = settings_of_run(folder, settings)
    segmenter = load_segmenter(recording, settings, lanes=lanes if ray is None else usable_cores())
    workers = settings.lanes
    settings = as_loaded(settings, segmenter)
    if ray is not None:
        check_for_ray(recording, segmenter)
    if {BOXES, TRACKS} & set(suffixes) and segmenter.classifier is None:
        reason = f"{settings.model} has no object classifier; take other weights"
        raise InputError(f"boxes and tracks are of objects: {reason if settings.objects else 'leave out --no-objects'}")
    with RunFolder(folder, resolved_settings(recording, segmenter), suffixes, resume=resume) as run:
        run.about |= {"inference": settings.model_dump(), "selection": selection.words}
        if all(run.done(frame) for frame in recording.frames):
            console.note(f"nothing to do: {folder} has labels for each of the {len(recording)} frames")
        tracks = RunTracks(recording, run.files) if track else None
        try:
            segment_frames(
                run,
                recording,
                segmenter,
                lanes=lanes,
                strict=strict,
                pictures=pictures,
                ray=ray,
                workers=workers,
                tracks=tracks,
            )
            if objects.tracklets:
                run.write_tracklets(recording.frames, None if tracks is None else tracks.tracks())
            if objects.static_only is not None:
                done = [frame for frame in recording.frames if run.done(frame)]
                followed = [] if tracks is None else tracks.tracks()
                run.about["static"] = write_static(run.path, recording, run.files, done, objects.static_only, followed)
                run.save()
        except KeyboardInterrupt:
            number = sum(run.done(frame) for frame in recording.frames)
            console.note(f"stopped after {number} of {len(recording)} frames; the same command with --resume goes on")
            raise typer.Exit(130) from None
    if as_json:
        console.print_json(run.as_dict())
    else:
        report(run, recording)
    if not any(run.done(frame) for frame in recording.frames):
        raise InputError(f"{recording.path}: none of its {len(recording)} scans can be read; copy them again")


def warn_of_labels_alone(source: Source, suffixes: list[str]) -> None:
    """Warn where labels are all that is written of scans that no file has."""
    from data.live.spooled import SpooledSource

    if isinstance(source, SpooledSource) and not set(suffixes) & {".ply", ".pcd", ".npz"}:
        console.warn(
            f"{source.path}: no file has its scans, so labels alone don't say which points they belong to; add "
            "--format .ply (or .pcd, .npz), or have 'squeezeseg live' write both with --mcap FILE"
        )


def segment_frames(
    run: RunFolder,
    source: Source,
    segmenter: Segmenter,
    *,
    lanes: int = 1,
    strict: bool = False,
    pictures: int = 0,
    ray: str | None = None,
    workers: int | None = None,
    tracks: RunTracks | None = None,
) -> None:
    """Label those frames of `source` that `run` lacks, in as many lanes as `segmenter` was loaded for.

    Where objects are followed, all frames after the first that is lacking are labelled again: their objects' numbers
    depend on it.

    run.json is written whatever ends this.

    ray: the address of a cluster, whose workers do it instead. workers: how many, None for one a core.

    Raises:
        InputError: a scan can't be read and `strict`, or it is the only one; or the folder can't be written.
    """
    from apps.labelling import in_lanes, on_ray
    from squeezeseg.cluster.session import session
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.running.rate_meter import RateMeter

    if tracks is not None:
        from apps.run_votes import write_votes
    todo = [frame for frame in source.frames if not run.done(frame)]
    if tracks is not None:
        first = source.frames.index(todo[0]) if todo else len(source.frames)
        tracks.repeat(source.frames[:first])
        todo = list(source.frames[first:])
    run.about["status"] = "unfinished"
    rate = RateMeter()
    try:
        with ExitStack() as stack:
            if ray is not None and todo:
                cores = stack.enter_context(session(ray, cpus=workers or usable_cores()))
                lanes = min(workers or cores, len(todo))
                outcomes = on_ray(run, source, segmenter, todo, lanes)
            else:
                outcomes = in_lanes(run, source, segmenter, todo, lanes, tracks)
            rate = RateMeter(warm_up=lanes)
            progress = stack.enter_context(console.progress("segmenting", len(source)))
            stack.enter_context(closing(outcomes))
            for position, outcome in enumerate(outcomes, start=len(source) - len(todo) + 1):
                if outcome.result is not None:
                    run.record(outcome.frame, outcome.result)
                    rate.tick()
                elif outcome.error is not None and (strict or len(source) == 1):
                    raise outcome.error
                else:
                    console.warn(f"{outcome.error} (skipped)")
                    run.record_failure(outcome.frame, str(outcome.error))
                progress(position)
        if pictures:
            draw_pictures(run, source, segmenter, pictures)
        if tracks is not None:
            tracks.write(run.path)
            write_votes(run, source, tracks.tracks())
            run.about["tracks"] = tracks.summary()
        if segmenter.warnings:
            run.about["warnings"] = list(segmenter.warnings)
        run.tidy()
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
    from squeezeseg.plotting.figures import draw_frame, is_drawn

    chosen = [
        frame for frame in spread(source.frames, count) if run.done(frame) and not is_drawn(run.pictures, frame.name)
    ]
    own = segmenter.clone()  # whose times don't count
    with console.progress("drawing", len(chosen)) as progress:
        for done, frame in enumerate(chosen, start=1):
            scan = source.scan(frame)
            draw_frame(run.pictures, frame.name, scan, own(scan))
            progress(done)


def speed(segmenter: Segmenter, rate: RateMeter, lanes: int) -> dict[str, Any]:
    """The run's speed, and its machine. The times of stages are those of a lane, while the others work too."""
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
