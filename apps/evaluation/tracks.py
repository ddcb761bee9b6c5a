"""`squeezeseg eval --tracks`: a run's tracks scored against the true ones."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from apps import console
from apps.evaluation.output import write
from apps.evaluation.tables import percent

if TYPE_CHECKING:
    from data.boxes import Box
    from data.labels import ClassMap
    from data.sources import Frame, Source
    from squeezeseg.evaluation.tracks.matching import TrackTruth

NOT_FOR_TRACKS = ("per", "ray", "html", "pictures", "record", "note")
"""Options of `eval` that have no meaning for tracks."""
MANY = 1_000_000
"""More tracks than a recording has: so the numbers of recordings don't meet."""


def evaluate_tracks(
    source: Source, run: Path | None, *, class_map: str, strict: bool, out: Path | None, as_json: bool
) -> None:
    """Score the tracks of a run, and print or write that. Raises InputError where there are none to score."""
    from apps.run_folder import check_writable
    from projection import InputError

    if run is None:
        raise InputError("--tracks: a run's tracks are scored; give --predictions RUN, made with 'segment --track'")
    if out is not None:
        check_writable(out, file=True)
    result = examine_tracks(source, run, class_map=class_map, strict=strict)
    if out is not None:
        write(out, json.dumps(result, indent=2, allow_nan=False))
    if as_json:
        console.print_json(result)
    else:
        report(result)


def examine_tracks(source: Source, run: Path, *, class_map: str, strict: bool) -> dict[str, Any]:
    """Scores of the tracks in a run's folder, or in a tracks.jsonl or tracklet_labels.xml, by class; for JSON.

    Raises:
        InputError: there are no tracks, or no true ones; or a frame can't be read and `strict`.
    """
    from data.labels import CLASSES, OBJECT_CLASSES
    from data.labels import class_map as named
    from squeezeseg.evaluation.labelled_frames import with_labels
    from squeezeseg.evaluation.tracks.frames import TrackFrame
    from squeezeseg.evaluation.tracks.matching import FARTHEST, MIN_POINTS, REACH, track_frame
    from squeezeseg.evaluation.tracks.scores import track_scores

    chosen = named(class_map)
    recordings = list(dict.fromkeys(source.recording(frame) for frame in source.frames))
    given = _given(source, run, recordings)
    failed: list[str] = []

    def skip(_: Frame, error: ValueError) -> None:
        console.warn(f"{error} (skipped)")
        failed.append(str(error))

    frames: dict[int, list[TrackFrame]] = {k: [] for k in OBJECT_CLASSES}
    read = ((frame, partial(_truth, source, frame, chosen)) for frame in source.frames)
    with console.progress("scoring", len(source)) as progress:
        for frame, truth in with_labels(source, read, failed=None if strict else skip, progress=progress):
            recording = source.recording(frame)
            boxes = given.get((recording, frame.number), ())
            first = recordings.index(recording) * MANY
            for k, found in frames.items():
                own = [box for box in boxes if chosen.class_of(box.kind) == k]
                one = track_frame(k, truth, own, chosen)
                found.append(TrackFrame(one.true + first, one.given + first, one.away))
    return {
        "source": str(source.path),
        "predictions": str(run),
        "class_map": class_map,
        "frames": len(frames[OBJECT_CLASSES[0]]),
        "failed": failed,
        "matching": {
            "by": "distance of the centres, seen from above",
            "metres": {CLASSES[k]: REACH[k] for k in OBJECT_CLASSES},
            "farthest": FARTHEST,
            "min_points": MIN_POINTS,
        },
        "tracks": {CLASSES[k]: track_scores(frames[k], REACH[k]) for k in OBJECT_CLASSES},
    }


def report(result: Mapping[str, Any]) -> None:
    """Print the scores as a table."""
    head = ("per cent", "HOTA", "DetA", "AssA", "MOTA", "IDF1", "MOTP, m", "switches", "fragments")
    scores = console.table(*head)
    counts = console.table("", "true\ntracks", "tracks", "true\nboxes", "matched", "missed", "false")
    for name, one in result["tracks"].items():
        shares = (percent(one[key]) for key in ("hota", "deta", "assa", "mota", "idf1"))
        off = "-" if one["motp"] is None else f"{one['motp']:.2f}"
        scores.add_row(name, *shares, off, str(one["switches"]), str(one["fragmentations"]))
        keys = ("true_tracks", "predicted_tracks", "true_boxes", "matched", "missed", "false")
        counts.add_row(name, *(f"{one[key]:,}" for key in keys))
    matching = result["matching"]
    console.say(f"[bold]{escape(result['source'])}[/bold]: tracks in {console.count(result['frames'], 'frame')}")
    console.show(scores)
    console.say()
    console.show(counts)
    reach = ", ".join(f"{name} {metres:g}" for name, metres in matching["metres"].items())
    console.say(
        f"matched by the distance of their centres, m: {reach}; objects of {matching['min_points']} points and more, "
        f"within {matching['farthest']:g} m",
        style="dim",
    )


def _truth(source: Source, frame: Frame, classes: ClassMap) -> tuple[Frame, TrackTruth] | None:
    """A frame's true boxes, None where it has none to give. Raises InputError where they have no numbers that last."""
    import numpy as np

    from data.labels import IGNORE
    from projection import InputError
    from squeezeseg.evaluation.tracks.matching import TrackTruth

    boxes = source.boxes(frame)
    if boxes is None:
        return None
    if any(box.track < 0 for box in boxes):
        raise InputError(f"{source.path}: its boxes are of single frames, so there are no tracks to score against")
    scan = source.scan(frame)
    truth, objects = source.truth(frame, scan, classes), source.objects(frame, scan, classes)
    assert truth is not None
    assert objects is not None
    scored = truth != IGNORE
    seen = np.bincount(objects[scored], minlength=1 + len(boxes))[1:]
    return frame, TrackTruth(boxes, seen, scan.points, None if source.labels_around else scored)


def _given(source: Source, run: Path, recordings: Sequence[str]) -> dict[tuple[str, int], list[Box]]:
    """The boxes of a run's confirmed tracks by recording and frame number, their classes as KITTI's types."""
    from apps.run_folder import FILE as RUN
    from apps.run_folder import read_run
    from data.kitti import tracklets
    from projection import InputError
    from squeezeseg.tracking.track_file import FILE, read_tracks

    file = run
    if run.is_dir():
        file = next((one for name in (FILE, tracklets.FILE_NAME) if (one := run / name).is_file()), run)
        if file == run:
            raise InputError(f"{run}: no {FILE} in it; give the folder of a run made with 'squeezeseg segment --track'")
    if (file.parent / RUN).is_file():
        done = {one["name"] for one in read_run(file.parent)["frames"] if one["status"] == "done"}
        if lacking := [frame.name for frame in source.frames if frame.name not in done]:
            raise InputError(
                f"{run}: no tracks in frame {lacking[0]}; run 'squeezeseg segment --track' on the same frames"
            )
    found: defaultdict[tuple[str, int], list[Box]] = defaultdict(list)
    if file.suffix.lower() == ".xml":
        if len(recordings) > 1:
            raise InputError(f"{file}: tracklets are of one drive, and {source.path} has {len(recordings)}; give one")
        for number, boxes in tracklets.boxes_by_frame(tracklets.read_tracklets(file)).items():
            found[recordings[0], number] += boxes
        return found
    for track in read_tracks(file):
        recording = track.recording if len(recordings) > 1 else recordings[0]
        for box in track.boxes if track.confirmed else ():
            found[recording, box.frame].append(box.box)
    return found
