"""Checks of a recording's layout: numbering, clock, calibration, labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from data.checks.findings import Finding, ranges, shorten
from data.kitti.calibration import RAW_FILES
from data.kitti.tracklets import FILE_NAME, read_tracklets
from data.sources.base import Source
from data.sources.files import FileSource
from data.sources.kitti_object import KittiObject
from data.sources.kitti_raw import STAMPS, KittiRaw
from data.sources.semantic_kitti import STAMPS as SEQUENCE_STAMPS
from data.sources.semantic_kitti import SemanticKitti
from projection.errors import InputError

_CONSECUTIVE = 0.25
"""Share of the scans that follow on the one before, from which on numbers count scans."""


def layout_findings(source: Source) -> Iterator[Finding]:
    """Findings about one recording's numbering and the files beside its scans."""
    match source:
        case KittiRaw():
            yield from _holes(source)
            yield from _clock(source.path / STAMPS, source.stamps, source)
            yield from _raw_calibration(source)
            yield from _oxts(source)
            yield from _tracklets(source)
        case SemanticKitti():
            yield from _holes(source)
            yield from _clock(source.path / SEQUENCE_STAMPS, source.stamps, source)
            yield from _missing_labels(source, source.path / "labels", ".label")
        case KittiObject():
            yield from _object_calibration(source)
            yield from _missing_labels(source, source.path / "label_2", ".txt")
        case FileSource():
            yield from _holes(source)
        case _:
            pass


def _holes(source: Source) -> Iterator[Finding]:
    numbers = [frame.number for frame in source.whole]
    sparse = numbers[-1] - numbers[0] >= 2 * len(numbers)
    if sparse and np.mean(np.diff(numbers) == 1) < _CONSECUTIVE:  # they are times, or every n-th frame's
        return
    missing = [f"{a + 1}-{b - 1}" if b > a + 2 else str(a + 1) for a, b in pairwise(numbers) if b > a + 1]
    if missing:
        remedy = "nothing, if the recording has none there (drive 0009 lacks 177-180); else copy them again"
        yield Finding("warning", f"frames missing from the numbering: {shorten(missing)}", str(source.path), remedy)


def _clock(path: Path, stamps: Sequence[float | None], source: Source) -> Iterator[Finding]:
    if not stamps:
        yield Finding("info", "no timestamps", str(path))
        return
    expected = source.whole[-1].number + 1
    if len(stamps) != expected:
        what = f"{len(stamps)} timestamps, but the last scan's number asks for {expected}"
        yield Finding("warning", what, str(path), "copy the file again")
    if unreadable := [number for number, stamp in enumerate(stamps) if stamp is None]:
        what = f"unreadable timestamps in lines {shorten(ranges(number + 1 for number in unreadable))}"
        yield Finding("warning", what, str(path), "copy the file again")
    known = [(number, stamp) for number, stamp in enumerate(stamps) if stamp is not None]
    if back := [later for (_, a), (later, b) in pairwise(known) if b <= a]:
        what = f"timestamps that don't increase at frames {shorten(ranges(back))}"
        yield Finding("warning", what, str(path), "don't trust the clock")


def _raw_calibration(drive: KittiRaw) -> Iterator[Finding]:
    try:
        if drive.camera(drive.whole[0]) is None:
            remedy = "put the date's calibration there to score the drive; labelling its points needs none"
            yield Finding("warning", f"no {' or no '.join(RAW_FILES)}", str(drive.path.parent), remedy)
    except InputError as error:
        yield Finding("error", str(error), str(drive.path.parent), "put the date's calibration there again")


def _oxts(drive: KittiRaw) -> Iterator[Finding]:
    folder = drive.path / "oxts" / "data"
    try:
        missing = [frame.name for frame in drive.whole if drive.pose(frame) is None]
    except InputError as error:
        yield Finding("error", str(error), str(folder), "copy the folder again, or remove it to go without")
        return
    if len(missing) == len(drive.whole):
        yield Finding("info", "no oxts: the car's own motion is not known", str(folder))
    elif missing:
        yield Finding("warning", f"{len(missing)} scans without oxts: {shorten(missing)}", str(folder), "copy it again")


def _tracklets(drive: KittiRaw) -> Iterator[Finding]:
    path = drive.path / FILE_NAME
    if not drive.labelled:
        yield Finding("info", "no tracklets: the drive can't be scored", str(path))
        return
    try:
        tracklets = read_tracklets(path)
    except InputError:
        return  # each frame's labels say so
    covered = {number for t in tracklets for number in range(t.first_frame, t.first_frame + len(t.poses))}
    if absent := sorted(covered - {frame.number for frame in drive.whole}):
        yield Finding("info", f"tracklets for frames that have no scan: {shorten(ranges(absent))}", str(path))


def _object_calibration(source: KittiObject) -> Iterator[Finding]:
    folder = source.path / "calib"
    if missing := [frame.name for frame in source.whole if not (folder / f"{frame.name}.txt").is_file()]:
        remedy = "download calib to score them; labelling their points needs none"
        yield Finding("warning", f"{len(missing)} scans without calibration: {shorten(missing)}", str(folder), remedy)


def _missing_labels(source: Source, folder: Path, suffix: str) -> Iterator[Finding]:
    missing = [frame.name for frame in source.whole if not (folder / f"{frame.name}{suffix}").is_file()]
    if len(missing) == len(source.whole):
        yield Finding("info", "no labels: it can't be scored", str(folder))
    elif missing:
        yield Finding("warning", f"{len(missing)} scans without labels: {shorten(missing)}", str(folder), "none needed")
