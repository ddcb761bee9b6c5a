"""Sequences of SemanticKITTI and KITTI odometry, which is the same without labels, and of sets laid out like them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats import PointFile
from data.formats.label import read_semantic_ids, read_words
from data.label_map import LabelMap, shipped_map
from data.labels import IGNORE, ClassMap
from data.regular_file import read_bytes
from data.scan import Scan
from data.sources.base import Frame
from data.sources.files import FileSource, read_stamps, scan_files
from data.sources.unknown_labels import refuse_learning_ids
from projection import PRESETS, Sensor, returns
from projection.errors import InputError

STAMPS = "times.txt"


@dataclass(frozen=True)
class Layout:
    """Where a data set has the scans and the labels of a sequence.

    label_map: the name of its label map, see `data.label_map`. sensor: that recorded it.
    tags: the folder with a byte for each direction that the sensor measures, beam after beam, 1 where a point came of
        it: by these its points have beams. columns: directions a beam.
    """

    scans: str
    labels: str
    label_map: str
    sensor: Sensor
    tags: str = ""
    columns: int = 0


def _elevations(*parts: tuple[float, float, int]) -> tuple[float, ...]:
    """Beams of evenly spaced parts: (first, last, count) each."""
    return tuple(round(float(beam), 3) for part in parts for beam in np.linspace(*part))


# Hesai's Pandora: a third of a degree apart from 2 to -6 degrees, a degree above and below, 7 to -16 degrees in all.
PANDORA = Sensor("pandora", _elevations((7, 3, 5), (2, -6, 25), (-7, -16, 10)), columns=1800)
SEMANTIC_KITTI = Layout("velodyne", "labels", "semantic_kitti", PRESETS["hdl64"])
SEMANTIC_POSS = Layout("velodyne", "labels", "semantic_poss", PANDORA, "tag", 1800)
# RELLIS-3D's robot carries an Ouster OS1-64, whose data sheet has 45 degrees evenly divided, and a Velodyne VLP-32C.
RELLIS_OS1 = Layout(
    "os1_cloud_node_kitti_bin",
    "os1_cloud_node_semantickitti_label_id",
    "rellis_3d",
    Sensor("os1_64", _elevations((22.5, -22.5, 64)), columns=2048),
)
RELLIS_VELODYNE = Layout(
    "vel_cloud_node_kitti_bin",
    "vel_cloud_node_semantickitti_label_id",
    "rellis_3d",
    PRESETS["vlp32c"],
)
LAYOUTS = (SEMANTIC_KITTI, RELLIS_OS1, RELLIS_VELODYNE)
"""By the folder of their scans."""


class SemanticKitti(FileSource):
    """A folder such as sequences/00: velodyne, and labels and times.txt where they exist; or as `layout` names them."""

    labels_around = True

    def __init__(self, path: Path, sensor: Sensor | None = None, layout: Layout = SEMANTIC_KITTI) -> None:
        if layout is SEMANTIC_KITTI and (path / SEMANTIC_POSS.tags).is_dir():
            layout = SEMANTIC_POSS
        files = scan_files(path / layout.scans, [".bin"])
        if not files:
            raise InputError(f"{path / layout.scans}: no scans; a sequence has files like 000000.bin there")
        self.layout = layout
        self.base_sensor = layout.sensor
        self._label_map: LabelMap | None = None
        super().__init__(path, files, sensor)
        self.name = f"sequence_{path.name}"

    def read(self, frame: Frame) -> PointFile:
        """The content of a frame's file, with rings where the data set has tags. Raises InputError."""
        file = super().read(frame)
        path = self.path / self.layout.tags / f"{frame.name}.tag"
        if not self.layout.tags or not path.is_file():
            return file
        tags = np.frombuffer(read_bytes(path), np.uint8)
        directions = np.flatnonzero(tags)
        if len(tags) != self.layout.sensor.beams * self.layout.columns or len(directions) != len(file.points):
            raise InputError(
                f"{path}: {len(directions):,} of {len(tags):,} directions, but a scan of {len(file.points):,} points;"
                " copy scan and tag from the same place again"
            )
        return replace(file, ring=(directions // self.layout.columns).astype(np.uint8))

    @property
    def label_map(self) -> LabelMap:
        """What the numbers of the labels mean."""
        return self._label_map or shipped_map(self.layout.label_map)

    def use_labels(self, label_map: LabelMap) -> None:
        """See `Source`."""
        self._label_map = label_map

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """Labels of every point, None for a frame without.

        Raises:
            InputError: the file has another length, or learning ids.
        """
        path = self.label_path(frame)
        if not path.is_file():
            return None
        ids = read_semantic_ids(path, len(scan))
        unknown = self.label_map.unknown(ids)
        if self.label_map is shipped_map(SEMANTIC_KITTI.label_map):
            refuse_learning_ids(path, ids, unknown)
        self.warn_of_unknown(path, unknown, "point")
        labels = self.label_map.table[ids]
        labels[~returns(scan.points)] = IGNORE
        return labels

    def unknown_labels(self, frame: Frame, scan: Scan, class_map: ClassMap) -> Mapping[str, int]:
        """Labels of the frame that its map doesn't know, with the number of their points."""
        path = self.label_path(frame)
        return self.label_map.unknown(read_semantic_ids(path, len(scan))) if path.is_file() else {}

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
        return self.path / self.layout.labels / f"{frame.name}.label"

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
