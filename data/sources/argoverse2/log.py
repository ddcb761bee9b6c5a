"""A log of Argoverse 2's sensor data set: sweeps of the upper of two Velodyne VLP-32C on one mast.

In the files points are in the car's frame (x ahead, the origin at the rear axle), those of both sensors together:
lasers 0 to 31 are the upper one's, 32 to 63 the lower one's, which hangs upside down and is left aside.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.truth import box_truth
from data.label_map import shipped_map
from data.labels import ClassMap
from data.plausibility import IntensityScale
from data.rigid import Motion, inverse, move, rigid, upright_box
from data.scan import Scan
from data.sources.argoverse2.feather import read_feather
from data.sources.base import Frame, Source
from data.sources.collection import Collection
from projection import PRESETS, Sensor
from projection.errors import InputError

SUFFIX = ".feather"
SCANS = Path("sensors", "lidar")
UPPER = "up_lidar"
NOMINAL = rigid((1, 0, 0, 0), (1.35018, 0.0, 1.64042))
"""The car's frame <- the upper sensor's, where there is no calibration: a log's, without its turn of half a degree."""
HEIGHT = 1.98
"""Metres of the upper sensor above the ground, measured on a sweep."""
COLUMNS = 1800
# fmt: off
BEAMS = np.array([
    2, 16, 6, 13, 0, 12, 4, 9, 7, 11, 8, 5, 10, 14, 3, 1,
    26, 30, 20, 17, 23, 28, 24, 21, 19, 25, 15, 27, 22, 29, 18, 31,
], np.uint8)  # fmt: skip
"""The beam of each laser of a VLP-32C, 0 the highest: lasers fire in another order (Velodyne's manual)."""
# fmt: on
_POSE = ("qw", "qx", "qy", "qz", "tx_m", "ty_m", "tz_m")
_BOX = ("timestamp_ns", "category", "track_uuid", "length_m", "width_m", "height_m", *_POSE)


class Argoverse2(Source):
    """Sweeps: all of a log, or single files, which have neither labels nor poses.

    files: of the sweeps, called by their times. log: the folder that has calibration, annotations and poses, if known.
    """

    labels_around = True
    base_sensor = replace(PRESETS["vlp32c"], columns=COLUMNS, height=HEIGHT)

    def __init__(self, path: Path, files: list[Path], log: Path | None = None, sensor: Sensor | None = None) -> None:
        self._log = log
        files = sorted(files, key=lambda file: (len(file.stem), file.stem))
        frames = [Frame(number, file.stem, file) for number, file in enumerate(files)]
        super().__init__(path, (log or path).stem, frames, sensor)

    def scan(self, frame: Frame) -> Scan:
        """Read one sweep, the upper sensor's half. Raises InputError if it can't be read, or has none."""
        table = read_feather(frame.path, *"xyz", "intensity", "laser_number")
        lasers = table["laser_number"].astype(np.int64)
        upper = (lasers >= 0) & (lasers < len(BEAMS))
        if not upper.any():
            raise InputError(f"{frame.path}: no points of the upper sensor's lasers, 0 to {len(BEAMS) - 1}")
        points = np.empty((int(upper.sum()), 4), np.float32)
        points[:, :3] = move(inverse(self._mount), np.stack([table[axis][upper] for axis in "xyz"], axis=1))
        points[:, 3] = table["intensity"][upper]
        IntensityScale(255.0).apply(points[:, 3])
        return Scan(points, frame.number, frame.name, _seconds(frame), BEAMS[lasers[upper]])

    def pose(self, frame: Frame) -> NDArray[np.float64] | None:
        """See `Source`; the world is the city's."""
        car = self._poses.get(_nanoseconds(frame))
        return None if car is None else np.asarray(car @ self._mount)

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The sweep's cuboids, None without annotations."""
        if self._annotations is None:
            return None
        names, back, found = shipped_map("argoverse2"), inverse(self._mount), []
        table, tracks = self._annotations
        for row in np.flatnonzero(table["timestamp_ns"] == _nanoseconds(frame)).tolist():
            kind = names.kind_of(str(table["category"][row]))
            if kind is not None:
                size = [float(table[name][row]) for name in _BOX[3:6]]
                placed = back @ self._motion(self._log, table, row)
                found.append(upright_box(placed, kind, size, int(tracks[row])))
        return tuple(found)

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The labels of the cuboids, None without annotations."""
        boxes = self.boxes(frame)
        if boxes is None:
            return None
        self.warn_of_unknown(frame.path, self.unknown_labels(frame, scan, class_map))
        return box_truth(scan.points, boxes, class_map, None)

    @property
    def labelled(self) -> bool:
        """True if there are annotations; those of the test set aren't published."""
        return self._log is not None and (self._log / "annotations.feather").is_file()

    @cached_property
    def _mount(self) -> Motion:
        path = None if self._log is None else self._log / "calibration" / "egovehicle_SE3_sensor.feather"
        if path is None or not path.is_file():
            return NOMINAL
        table = read_feather(path, "sensor_name", *_POSE)
        rows = np.flatnonzero(table["sensor_name"] == UPPER)
        if not len(rows):
            raise InputError(f"{path}: no sensor {UPPER}; copy the log again")
        return self._motion(path, table, int(rows[0]))

    @cached_property
    def _annotations(self) -> tuple[dict[str, NDArray[Any]], NDArray[np.intp]] | None:
        """The cuboids of all sweeps, and the numbers of their objects."""
        if not self.labelled or self._log is None:
            return None
        table = read_feather(self._log / "annotations.feather", *_BOX)
        return table, np.unique(table["track_uuid"].astype(str), return_inverse=True)[1]

    @cached_property
    def _poses(self) -> dict[int, Motion]:
        """The car's poses in the city by their time."""
        path = None if self._log is None else self._log / "city_SE3_egovehicle.feather"
        if path is None or not path.is_file():
            return {}
        table = read_feather(path, "timestamp_ns", *_POSE)
        wanted = {_nanoseconds(frame) for frame in self.whole}
        times = table["timestamp_ns"].tolist()
        return {time: self._motion(path, table, row) for row, time in enumerate(times) if time in wanted}

    def _motion(self, path: Path | None, table: dict[str, NDArray[Any]], row: int) -> Motion:
        values = [float(table[name][row]) for name in _POSE]
        try:
            return rigid(values[:4], values[4:])
        except ValueError as error:
            raise InputError(f"{path}: row {row}: {error}; copy the log again") from None


def open_argoverse2(path: Path, sensor: Sensor | None = None) -> Source | None:
    """A log, the folder of its sweeps, or a split of several logs; None where there is none."""
    log = path.parents[1] if path.parts[-2:] == SCANS.parts else path
    if files := _sweeps(log / SCANS):
        return Argoverse2(path, files, log, sensor)
    members: dict[str, Source] = {}
    for folder in sorted(path.glob("*/" + SCANS.as_posix())):
        if files := _sweeps(folder):
            members[folder.parents[1].name] = Argoverse2(path, files, folder.parents[1], sensor)
    if len(members) > 1:
        return Collection(path, members)
    if members:
        return next(iter(members.values()))
    return Argoverse2(path, files, None, sensor) if (files := _sweeps(path)) else None


def _sweeps(folder: Path) -> list[Path]:
    """The sweeps in a folder, which are called by their times."""
    try:
        return [file for file in folder.iterdir() if file.suffix == SUFFIX and file.stem.isdecimal()]
    except OSError:
        return []


def _nanoseconds(frame: Frame) -> int:
    return int(frame.path.stem) if frame.path.stem.isascii() and frame.path.stem.isdecimal() else -1


def _seconds(frame: Frame) -> float | None:
    time = _nanoseconds(frame)
    return None if time < 0 else time * 1e-9
