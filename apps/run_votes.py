"""A run's labels once more, when all scans have been seen: each object with the class of its whole track."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps import console
from apps.frame_files import BOXES, TRACKS
from apps.run_folder import RunFolder
from data.atomic import atomic_write
from data.formats import read_points
from data.formats.label import read_words
from data.labels import CLASSES, IGNORE
from data.sinks import write_scan
from data.sources import Frame, Source
from projection import project
from squeezeseg import Segmentation
from squeezeseg.objects.boxes import KINDS
from squeezeseg.tracking import Track
from squeezeseg.tracking.tracks import label_number

Votes = dict[int, int]
"""Class ids by the numbers of objects in the labels of a frame."""


def write_votes(run: RunFolder, source: Source, tracks: Sequence[Track]) -> int:
    """Rewrite the files of those frames of a run in which a track's class isn't the scan's; says how many.

    Doing it again, when more scans have been seen, gives what doing it once would have given.

    Raises:
        InputError: a file can't be read or written.
    """
    done = [frame for frame in source.frames if run.done(frame)]
    voted: defaultdict[tuple[str, int], Votes] = defaultdict(dict)
    for track in tracks:
        for one in track.boxes:
            voted[track.recording, one.frame][label_number(track.number)] = track.class_id
    changed = 0
    with console.progress("voting", len(done)) as progress:
        for count, frame in enumerate(done, start=1):
            changed += _revise(run, source, frame, voted[source.recording(frame), frame.number])
            progress(count)
    return changed


def _revise(run: RunFolder, source: Source, frame: Frame, given: Votes) -> bool:
    table = np.full(1 << 16, IGNORE, np.uint8)
    table[list(given)] = list(given.values())
    entry, changed = dict(run.frames[frame.name]), False
    for suffix in run.formats:
        file, labels = run.file(frame, suffix), None
        if suffix == ".label":
            labels = _revise_labels(file, entry["points"], table)
        elif suffix not in (BOXES, TRACKS):
            labels = _revise_cloud(file, source, frame, table)
        if labels is not None:
            changed = True
            counts = np.bincount(labels, minlength=IGNORE)[: len(CLASSES)].tolist()
            entry["classes"] = entry["classes"] | dict(zip(CLASSES, counts, strict=True))
    if BOXES in run.formats:
        changed |= _revise_boxes(run.file(frame, BOXES), given)
    if changed:
        sizes = {suffix: run.file(frame, suffix).stat().st_size for suffix in run.formats}
        run.record(frame, {**entry, "bytes": sizes})
    return changed


def _revise_labels(file: Path, points: int, table: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Write the labels that the votes change; None where they change none."""
    words = read_words(file, points)
    before = (words & 0xFFFF).astype(np.uint8)
    labels = _voted(before, (words >> 16).astype(np.uint16), table)
    if np.array_equal(labels, before):
        return None
    with atomic_write(file) as stream:
        stream.write((words & 0xFFFF0000 | labels).astype("<u4").tobytes())
    return labels


def _revise_cloud(file: Path, source: Source, frame: Frame, table: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The same of a file with points."""
    found = read_points(file).labelled
    if found is None or found.instances is None:
        return None
    labels = _voted(found.labels, found.instances, table)
    if np.array_equal(labels, found.labels):
        return None
    scan = source.scan(frame)
    image = project(scan.points, source.sensor, scan.ring)
    write_scan(file, scan, Segmentation(labels, image, found.confidence, found.instances))
    return labels


def _voted(labels: NDArray[np.uint8], instances: NDArray[np.uint16], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels with the classes of their objects; points that belong to none, or are not known, keep theirs."""
    chosen = table[instances]
    return np.where((instances > 0) & (labels != IGNORE) & (chosen != IGNORE), chosen, labels)


def _revise_boxes(file: Path, given: Votes) -> bool:
    before = file.read_text().splitlines()
    lines = []
    for line in before:
        box = json.loads(line)
        if class_id := given.get(box["instance"]):
            box |= {"class": CLASSES[class_id], "kind": KINDS[class_id]}
        lines.append(json.dumps(box))
    if lines == before:
        return False
    with atomic_write(file) as stream:
        stream.writelines(line.encode() + b"\n" for line in lines)
    return True
