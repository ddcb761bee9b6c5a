"""A run's scans without what moves, or without what could: `segment --static-only`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from apps import console
from apps.frame_files import FrameFiles
from data.formats.kept import SUFFIXES, write_kept
from data.formats.label import read_labels, read_object_ids
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.tracking import Track
from squeezeseg.tracking.static import Dropped, moving_numbers, static_points

FOLDER = "static"


def check_static(source: Source, dropped: Dropped) -> None:
    """Raise InputError where a source's scans are no files that points can be left out of, or nobody knows what moves.

    For before the work.
    """
    for frame in source.frames:
        if frame.path.suffix.lower() not in SUFFIXES or not frame.path.is_file():
            raise InputError(
                f"{frame.path}: --static-only leaves points out of files on this machine, {', '.join(SUFFIXES)}; "
                "take --format .ply, and drop points by their label"
            )
    if dropped == "moving" and (lacking := [frame for frame in source.frames if source.pose(frame) is None]):
        raise InputError(
            f"{source.path}: no file tells how the sensor moves (frame {lacking[0].name}), so nobody knows what else "
            "does; take --static-only all"
        )


def write_static(
    folder: Path, source: Source, files: FrameFiles, frames: Sequence[Frame], dropped: Dropped, tracks: Sequence[Track]
) -> dict[str, int | str]:
    """Write static/FRAME, each scan's file without the points that are dropped; says how many points stayed.

    frames: those whose labels are written. tracks: of all frames; which of them move is known when they have ended.

    Raises:
        InputError: a file can't be read or written, or isn't what was labelled.
    """
    moving = moving_numbers(tracks)
    points = kept = 0
    with console.progress("writing static scans", len(frames)) as progress:
        for done, frame in enumerate(frames, start=1):
            path = files.file(frame, ".label")
            count = path.stat().st_size // 4
            numbers = moving.get(source.recording(frame), {}).get(frame.number, ())
            stays = static_points(read_labels(path, count), read_object_ids(path, count), dropped, numbers)
            write_kept(frame.path, folder / FOLDER / f"{frame.name}{frame.path.suffix.lower()}", stays)
            points, kept = points + count, kept + int(stays.sum())
            progress(done)
    return {"dropped": dropped, "points": points, "kept": kept}
