"""nuScenes with its tables: scenes as drives, with poses, boxes, and the labels of lidarseg."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.truth import box_truth
from data.label_map import shipped_map
from data.labels import IGNORE, ClassMap
from data.regular_file import read_bytes
from data.scan import Scan
from data.sources.base import Frame, Source
from data.sources.collection import Collection
from data.sources.cycles import labels_with_riders
from data.sources.nuscenes.sweeps import TURNED, NuScenes
from data.sources.nuscenes.tables import Annotations, Scene, read_annotations, read_lidarseg, read_scenes
from projection import Sensor, returns
from projection.errors import InputError

PARTS = ("samples", "sweeps")
_NO_TABLE = 16
"""Bytes of a table that is an empty list."""


class Tables:
    """The tables of one version that scenes share, each read when it is first needed."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder

    @cached_property
    def annotations(self) -> Annotations:
        """The boxes of all samples."""
        return read_annotations(self.folder)

    @cached_property
    def lidarseg(self) -> dict[str, str]:
        """The label file of each sweep, by its token."""
        return read_lidarseg(self.folder)

    @property
    def labelled(self) -> bool:
        """True if there are boxes; those of the test set aren't published."""
        boxes = self.folder / "sample_annotation.json"
        return boxes.is_file() and boxes.stat().st_size > _NO_TABLE


class NuScenesScene(NuScenes):
    """A scene: its samples, which have labels, and the sweeps between them."""

    labels_around = True

    def __init__(self, path: Path, scene: Scene, tables: Tables, sensor: Sensor | None = None) -> None:
        self._tables = tables
        files = [tables.root / sweep.file for sweep in scene.sweeps]
        super().__init__(path, files, sensor)
        # In the order of time, in which their names are not sorted where samples and sweeps lie apart.
        named = {frame.path: frame for frame in self.frames}
        self.frames = self.whole = tuple(replace(named[file], number=k) for k, file in enumerate(files))
        self._sweeps = dict(zip((frame.name for frame in self.frames), scene.sweeps, strict=True))
        self.name = scene.name

    def stamp(self, frame: Frame) -> float | None:
        """Seconds since the epoch."""
        return self._sweeps[frame.name].stamp

    def pose(self, frame: Frame) -> NDArray[np.float64] | None:
        """See `Source`."""
        return np.asarray(self._sweeps[frame.name].pose @ TURNED)

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The frame's boxes, None for a sweep between samples. Raises InputError if a table can't be read."""
        sweep = self._sweeps[frame.name]
        if not sweep.key or not self._tables.labelled:
            return None
        return self._tables.annotations.boxes(sweep.sample, sweep.pose @ TURNED)

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The labels of lidarseg where there are some, else those of the boxes.

        In lidarseg a cycle and its rider are of one category; the box tells whether there is one. A cycle without a
        rider is ignored.
        """
        boxes = self.boxes(frame)
        if boxes is None:
            return None
        self.warn_of_unknown(frame.path, self.unknown_labels(frame, scan, class_map))
        ids = self._lidarseg(frame, scan)
        if ids is None:
            return box_truth(scan.points, boxes, class_map, None)
        labels = labels_with_riders(ids, shipped_map("nuscenes"), scan, boxes, class_map)
        labels[~returns(scan.points)] = IGNORE
        return labels

    @property
    def labelled(self) -> bool:
        """True if any of the frames has boxes."""
        return self._tables.labelled and any(self._sweeps[frame.name].key for frame in self.frames)

    def _lidarseg(self, frame: Frame, scan: Scan) -> NDArray[np.uint8] | None:
        file = self._tables.lidarseg.get(self._sweeps[frame.name].token)
        if file is None or not (path := self._tables.root / file).is_file():
            return None
        try:
            ids = np.frombuffer(read_bytes(path), np.uint8)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error}); check its rights") from None
        if len(ids) != len(scan):
            raise InputError(f"{path}: {len(ids):,} labels for {len(scan):,} points; unpack lidarseg again")
        return ids


def open_scenes(path: Path, sensor: Sensor | None = None) -> Source | None:
    """The scenes of a data set whose scans are there, as one source; None without tables.

    path: the data set, which has v1.0-* beside samples and sweeps; one of its versions; or, for a part of the scans,
    the folder samples or sweeps, or LIDAR_TOP in it.
    """
    root, within = _root(path)
    if root is None:
        return None
    members: dict[str, Source] = {}
    versions = [path] if _is_version(path) else sorted(filter(_is_version, root.glob("v1.0-*")))
    for version in versions:
        tables = Tables(root, version)
        for scene in read_scenes(version):
            sweeps = tuple(
                one for one in scene.sweeps if _is_in(root / one.file, within) and (root / one.file).is_file()
            )
            if sweeps and scene.name not in members:
                members[scene.name] = NuScenesScene(path, replace(scene, sweeps=sweeps), tables, sensor)
    if not members:
        return None
    return next(iter(members.values())) if len(members) == 1 else Collection(path, members)


def _root(path: Path) -> tuple[Path | None, Path | None]:
    """The data set that a folder belongs to, and the folder that its scans must be in, None for any."""
    if _is_version(path):
        return path.parent, None
    root, within = path, None
    for folder in (path, path.parent):
        if folder.name in PARTS:
            root, within = folder.parent, path
    return (root, within) if any(map(_is_version, root.glob("v1.0-*"))) else (None, None)


def _is_version(folder: Path) -> bool:
    return (folder / "scene.json").is_file() and (folder / "sample_data.json").is_file()


def _is_in(file: Path, folder: Path | None) -> bool:
    return folder is None or folder in file.parents
