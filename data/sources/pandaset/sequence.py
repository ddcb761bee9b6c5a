"""A sequence of PandaSet: scans of its spinning sensor, with poses, cuboids and, for most sequences, labels of points.

Points are in the world, so a scan needs its pose. The poses are those of the car, x to the right and y ahead, the
origin below the Pandar64.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.boxes import Box
from data.json_file import read_json
from data.kitti.truth import box_truth
from data.label_map import shipped_map
from data.labels import IGNORE, ClassMap
from data.plausibility import IntensityScale
from data.rigid import Motion, inverse, move, rigid, upright_box
from data.scan import Scan
from data.sources.base import Frame, Source
from data.sources.collection import Collection
from data.sources.cycles import RIDDEN, labels_with_riders
from data.sources.pandaset.frames import read_frame
from projection import PRESETS, Sensor, returns
from projection.errors import InputError

ABOVE_ORIGIN, HEIGHT = 1.85, 2.16
"""Metres of the Pandar64 above the origin of the car's frame, and above the ground: measured on a scan, for the data
set doesn't say."""
PANDAR64 = replace(PRESETS["pandar64"], columns=1800, height=HEIGHT)
SPINNING = 0
"""Number of the Pandar64; 1 is the PandarGT, which looks ahead only."""
_MOUNTED = np.array([[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, ABOVE_ORIGIN], [0, 0, 0, 1]])
"""(4, 4): the car's frame <- the sensor's, x ahead."""
_NUMBERED = re.compile(r"[0-9]{1,9}\.pkl(\.gz)?")
_POSES = TypeAdapter(list[dict[str, dict[str, float]]])
_STAMPS = TypeAdapter(list[float])


class PandaSet(Source):
    """A folder such as 001: lidar, and annotations/cuboids and annotations/semseg where they exist."""

    labels_around = True

    def __init__(self, path: Path, sensor: Sensor | None = None) -> None:
        files = {file.name.partition(".")[0]: file for file in scan_files(path)}
        frames = [Frame(int(name), name, file) for name, file in files.items()]
        if not frames:
            raise InputError(f"{path / 'lidar'}: no scans; a sequence of PandaSet has files like 00.pkl.gz there")
        self.base_sensor = PANDAR64
        super().__init__(path, f"pandaset_{path.name}", sorted(frames, key=lambda frame: frame.number), sensor)

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Raises InputError if it or its pose can't be read."""
        table = _columns(frame.path, "x", "y", "z", "i", "d")
        spinning = table["d"] == SPINNING
        xyz = np.stack([table[axis][spinning] for axis in "xyz"], axis=1).astype(np.float64)
        if not len(xyz):
            raise InputError(f"{frame.path}: no points of the Pandar64 in it; download it again")
        points = np.empty((len(xyz), 4), np.float32)
        points[:, :3] = move(inverse(self.pose(frame)), xyz)
        points[:, 3] = table["i"][spinning]
        IntensityScale(255.0).apply(points[:, 3])
        return Scan(points, frame.number, frame.name, self.stamp(frame))

    def pose(self, frame: Frame) -> Motion:
        """(4, 4): the world <- the sensor's frame. Raises InputError if there is none, as points are in the world."""
        path = self.path / "lidar" / "poses.json"
        try:
            if not frame.number < len(self._poses):
                raise ValueError(f"{len(self._poses)} poses, none for frame {frame.number}")
            heading, place = (self._poses[frame.number][name] for name in ("heading", "position"))
            car = rigid([heading[name] for name in "wxyz"], [place[axis] for axis in "xyz"])
        except (ValueError, KeyError) as error:
            raise InputError(f"{path}: no pose for scan {frame.name} ({error}); download the sequence again") from None
        return np.asarray(car @ _MOUNTED)

    def stamp(self, frame: Frame) -> float | None:
        """Seconds since the epoch, None where timestamps.json has none."""
        return self._stamps[frame.number] if frame.number < len(self._stamps) else None

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The cuboids that the spinning sensor's points lie in, None for a frame without."""
        path = self._annotation(frame, "cuboids")
        if path is None:
            return None
        sizes, places = ([f"{what}.{axis}" for axis in "xyz"] for what in ("dimensions", "position"))
        table = _columns(path, "label", "yaw", *sizes, *places)
        # Where both sensors look, a moving object may have a cuboid for each of them.
        sensors = table.get("cuboids.sensor_id", np.zeros(len(table["yaw"])))
        riders = table.get("attributes.rider_status", np.full(len(table["yaw"]), "", object))
        back, names, found = inverse(self.pose(frame)), shipped_map("pandaset"), []
        for row in np.flatnonzero(sensors != 1).tolist():
            label = str(table["label"][row])
            ridden = str(riders[row]).casefold() == RIDDEN.strip()
            kind = names.kind_of(label + RIDDEN if ridden and names.class_of(label + RIDDEN) is not None else label)
            if kind is None:
                continue
            # At a yaw of 0 an object looks along y, and its length is the size in y.
            width, length, height = (float(table[name][row]) for name in sizes)
            half = (float(table["yaw"][row]) + np.pi / 2) / 2
            placed = rigid([np.cos(half), 0, 0, np.sin(half)], [float(table[name][row]) for name in places])
            found.append(upright_box(back @ placed, kind, (length, width, height), self._track(table, row)))
        return tuple(found)

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The points' own labels where there are some, else the cuboids'. A cycle without a rider is ignored."""
        boxes, path = self.boxes(frame), self._annotation(frame, "semseg")
        if boxes is not None:
            self.warn_of_unknown(frame.path, self.unknown_labels(frame, scan, class_map))
        if path is None:
            return None if boxes is None else box_truth(scan.points, boxes, class_map, None)
        ids = _columns(path, "class")["class"]
        spinning = _columns(frame.path, "d")["d"] == SPINNING
        if len(ids) != len(spinning) or ids.min(initial=0) < 0 or ids.max(initial=0) >= 1 << 16:
            raise InputError(f"{path}: {len(ids):,} labels for {len(spinning):,} points; download it again")
        labels = labels_with_riders(ids[spinning], shipped_map("pandaset"), scan, boxes or (), class_map)
        labels[~returns(scan.points)] = IGNORE
        return labels

    @property
    def labelled(self) -> bool:
        """True if any frame has cuboids or labels."""
        return any(self._annotation(frame, what) for frame in self.frames for what in ("cuboids", "semseg"))

    def _annotation(self, frame: Frame, what: str) -> Path | None:
        files = (self.path / "annotations" / what / f"{frame.name}{suffix}" for suffix in (".pkl.gz", ".pkl"))
        return next((file for file in files if file.is_file()), None)

    def _track(self, table: dict[str, NDArray[Any]], row: int) -> int:
        """The number of an object, by its uuid."""
        if "uuid" not in table:
            return -1
        return self._tracks.setdefault(str(table["uuid"][row]), len(self._tracks))

    @cached_property
    def _tracks(self) -> dict[str, int]:
        return {}

    @cached_property
    def _poses(self) -> list[dict[str, dict[str, float]]]:
        poses: list[dict[str, dict[str, float]]] = self._json("poses.json", _POSES)
        return poses

    @cached_property
    def _stamps(self) -> list[float]:
        there = (self.path / "lidar" / "timestamps.json").is_file()
        stamps: list[float] = self._json("timestamps.json", _STAMPS) if there else []
        return stamps

    def _json(self, name: str, kind: TypeAdapter[Any]) -> Any:
        path = self.path / "lidar" / name
        try:
            return read_json(path, kind)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error}); download the sequence") from None
        except ValueError as error:
            raise InputError(f"{path}: {error}; download it again") from None


def scan_files(path: Path) -> list[Path]:
    """The pickled scans of a sequence's folder; empty where it is none."""
    try:
        return sorted(file for file in (path / "lidar").iterdir() if _NUMBERED.fullmatch(file.name))
    except OSError:
        return []


def open_pandaset(path: Path, sensor: Sensor | None = None) -> Source | None:
    """PandaSet, or a sequence of it; None where there is none."""
    if path.name == "lidar" and scan_files(path.parent):
        path = path.parent
    if scan_files(path):
        return PandaSet(path, sensor)
    folders = [folder.parent for folder in sorted(path.glob("*/lidar")) if scan_files(folder.parent)]
    members: dict[str, Source] = {folder.name: PandaSet(folder, sensor) for folder in folders}
    if len(members) == 1:
        return next(iter(members.values()))
    return Collection(path, members) if members else None


def _columns(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """A table's columns. Raises InputError if one of `names` isn't there, or is none of numbers where it should be."""
    table = read_frame(path)
    if lacking := [name for name in names if name not in table]:
        raise InputError(f"{path}: no column {', '.join(lacking)}; download it again")
    text = [name for name in names if name != "label" and table[name].dtype == object]
    if text:
        raise InputError(f"{path}: column {text[0]} is no number; download it again")
    return table
