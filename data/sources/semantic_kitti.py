"""A sequence of SemanticKITTI, or of KITTI odometry, which is the same without labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats.label import read_semantic_ids, read_words
from data.labels import IGNORE, ClassMap
from data.scan import Scan
from data.sources.base import Frame
from data.sources.files import FileSource, read_stamps, scan_files
from data.sources.unknown_labels import refuse_learning_ids, unknown_ids
from projection import Sensor, returns
from projection.errors import InputError

SCANS = "velodyne"
LABELS = "labels"
STAMPS = "times.txt"


class SemanticKitti(FileSource):
    """A folder such as sequences/00: velodyne, and labels and times.txt where they exist."""

    labels_around = True

    def __init__(self, path: Path, sensor: Sensor | None = None) -> None:
        files = scan_files(path / SCANS, [".bin"])
        if not files:
            raise InputError(f"{path / SCANS}: no scans; a sequence has files like 000000.bin there")
        super().__init__(path, files, sensor)
        self.name = f"sequence_{path.name}"

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """Labels of every point, None for a frame without.

        Raises:
            InputError: the file has another length, or learning ids.
        """
        path = self.label_path(frame)
        if not path.is_file():
            return None
        ids = read_semantic_ids(path, len(scan))
        unknown = unknown_ids(ids, class_map)
        refuse_learning_ids(path, ids, unknown)
        self.warn_of_unknown(path, unknown, "point")
        labels = class_map.semantic_table()[ids]
        labels[~returns(scan.points)] = IGNORE
        return labels

    def unknown_labels(self, frame: Frame, scan: Scan, class_map: ClassMap) -> Mapping[str, int]:
        """Ids of the frame that the class map doesn't know, with the number of their points."""
        path = self.label_path(frame)
        return unknown_ids(read_semantic_ids(path, len(scan)), class_map) if path.is_file() else {}

    def objects(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.int32] | None:
        """The labels' instances, None for a frame without. Raises InputError if the file has another length."""
        path = self.label_path(frame)
        if not path.is_file():
            return None
        words = read_words(path, len(scan))  # a car and a truck may have the same instance id
        words[words <= 0xFFFF] = 0
        found, numbers = np.unique(words, return_inverse=True)
        return np.asarray(numbers + (found[0] != 0) if len(found) else numbers, np.int32)

    @property
    def labelled(self) -> bool:
        """True if any frame has a label file."""
        return any(self.label_path(frame).is_file() for frame in self.frames)

    def label_path(self, frame: Frame) -> Path:
        """The path of the frame's label file, which need not exist."""
        return self.path / LABELS / f"{frame.name}.label"

    def stamp(self, frame: Frame) -> float | None:
        """Seconds since the sequence's start: line k of times.txt is frame k's."""
        return self.stamps[frame.number] if frame.number < len(self.stamps) else None

    @cached_property
    def stamps(self) -> tuple[float | None, ...]:
        """By frame number; None for an unreadable line, empty without the file."""
        return read_stamps(self.path / STAMPS, _seconds)


def _seconds(line: str) -> float | None:
    try:
        return float(line)
    except ValueError:
        return None
