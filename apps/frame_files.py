"""The files of a run's frames: labels, clouds, boxes; written by whoever labels a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.labels import BACKGROUND, CLASSES, IGNORE, OBJECT_CLASSES
from data.scan import Scan
from data.sinks import write_scan
from data.sources import Frame
from projection import InputError
from squeezeseg import Segmentation
from squeezeseg.inference.tally import Tally
from squeezeseg.objects.box_file import write_boxes
from squeezeseg.objects.boxes import Detection

BOXES = ".jsonl"
TRACKS = ".json"
"""Of what tracks are made of, see `RunTracks`, which writes them."""
UNKNOWN, UNLABELLED = "unknown", "unlabelled"
"""What run.json calls points whose class is not known, and those that were not seen or lie outside the view."""
NAMES = (*CLASSES, UNKNOWN, UNLABELLED)
OBJECT_NAMES = CLASSES[BACKGROUND + 1 :]


@dataclass(frozen=True)
class FrameFiles:
    """Where the files of a run's frames are, and what is written there.

    path: the run's folder. formats: suffixes of the files of each frame.
    """

    path: Path
    formats: tuple[str, ...]

    def file(self, frame: Frame, suffix: str) -> Path:
        """The path of the frame's file with this suffix."""
        folder = {".label": "labels", BOXES: "boxes", TRACKS: "tracks"}.get(suffix, "clouds")
        return self.path / folder / f"{frame.name}{suffix}"

    def write(self, frame: Frame, scan: Scan, result: Segmentation, objects: Sequence[Detection]) -> dict[str, Any]:
        """Write the frame's files, all of them or none; the frame's entry in run.json.

        objects: those that have a box. They are counted, and written where the formats have boxes.

        Raises:
            InputError: a file can't be written.
        """
        files = [self.file(frame, suffix) for suffix in self.formats]
        try:
            for suffix, file in zip(self.formats, files, strict=True):
                if suffix == BOXES:
                    write_boxes(file, frame.number, objects)
                elif suffix != TRACKS:
                    write_scan(file, scan, result)
        except InputError:
            for file in files:
                with suppress(OSError):
                    file.unlink()
            raise
        tally = Tally.of(result)
        count = tally.points.tolist()
        points = dict(zip(NAMES, (*count[: len(CLASSES)], tally.unknown, count[IGNORE] - tally.unknown), strict=True))
        found = {CLASSES[k]: sum(one.class_id == k for one in objects) for k in OBJECT_CLASSES}
        sizes = {suffix: file.stat().st_size for suffix, file in zip(self.formats, files, strict=True)}
        return {"status": "done", "points": len(scan), "classes": points, "objects": found, "bytes": sizes}

    def whole(self, frame: Frame, entry: Mapping[str, Any]) -> bool:
        """True if all files of a frame are as long as they were written; after a power cut they may be empty."""
        sizes = {".label": 4 * entry["points"]} | entry.get("bytes", {})
        try:
            found = {suffix: self.file(frame, suffix).stat().st_size for suffix in self.formats}
        except OSError:
            return False
        return all(size == sizes.get(suffix, size) for suffix, size in found.items())
