"""KITTI raw: a drive's folder, of which only the scans must be there.

Frames are known by the number in their file names, never by their place in a list: drive 0009 lacks four
scans in its middle, and its tracklets and timestamps don't.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.calibration import RAW_FILES, lidar_from_imu, raw_camera
from data.kitti.camera import Camera, png_size
from data.kitti.oxts import read_poses
from data.kitti.tracklets import FILE_NAME, boxes_by_frame, read_tracklets
from data.kitti.truth import box_truth
from data.labels import ClassMap
from data.scan import Scan
from data.sources.base import Frame
from data.sources.files import FileSource, read_stamps, scan_files
from projection import Sensor
from projection.errors import InputError
from projection.rings import flattened, nearest_beams

SCANS = Path("velodyne_points", "data")
STAMPS = Path("velodyne_points", "timestamps.txt")
SIMULATION = "simulation.json"
"""A drive with this file was simulated: its boxes cover the full turn."""

_FOLDER = re.compile(r"(\d{4}_\d{2}_\d{2})_drive_(\d{4})_(sync|extract)", re.ASCII)


class KittiRaw(FileSource):
    """A drive; the calibration is in the folder above, where the date's archive puts it.

    The frames of SqueezeSeg's lists are called date_drive_frame; see `drive`.
    """

    def __init__(self, path: Path, sensor: Sensor | None = None) -> None:
        # Drives that are not synchronised, ..._extract, have text.
        files = _numbered(path / SCANS, ".bin") or _numbered(path / SCANS, ".txt")
        if not files:
            raise InputError(f"{path / SCANS}: no scans; a drive has files like 0000000000.bin or .txt there")
        self.labels_around = self.simulated = (path / SIMULATION).is_file()
        known = _simulated_sensor(path / SIMULATION) if self.simulated and sensor is None else None
        super().__init__(path, files, sensor or known)
        self._on_beams = known is not None
        # The folder may be a link with a name of its own.
        match = _FOLDER.fullmatch(path.name) or _FOLDER.fullmatch(path.resolve().name)
        self.name = f"{match[1]}_drive_{match[2]}" if match else path.name
        self.drive = f"{match[1]}_{match[2]}" if match else path.name

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Simulated points of a known sensor lie on its beams, so these are told by the elevation.

        Their order would miscount beams that few points are of.
        """
        scan = super().scan(frame)
        if not self._on_beams:
            return scan
        ring = np.empty(len(scan), np.uint8)
        nearest_beams(flattened(scan.points), self.base_sensor, ring)
        return replace(scan, ring=ring)

    def aliases(self, frame: Frame) -> tuple[str, ...]:
        """A frame's name alone, its number, and date_drive_frame."""
        return (*super().aliases(frame), f"{self.drive}_{frame.name}")

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The frame's tracklets, None for a drive without. Raises InputError if the file is broken."""
        return self._boxes.get(frame.number, ()) if self.labelled else None

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The boxes' labels, inside the camera's image if the drive is a real one.

        Raises:
            InputError: the tracklets or the calibration are broken, or the calibration is missing.
        """
        boxes = self.boxes(frame)
        if boxes is None:
            return None
        camera = None if self.labels_around else self.camera(frame)
        if camera is None and not self.labels_around:
            raise InputError(
                f"{self.path.parent}: no {' and '.join(RAW_FILES)}, without which nobody knows what the labels "
                "cover; put the date's calibration there"
            )
        unknown = {kind: count for kind, count in self._kinds.items() if not class_map.knows(kind)}
        self.warn_of_unknown(self.path / FILE_NAME, unknown)
        return box_truth(scan.points, boxes, class_map, camera)

    @property
    def labelled(self) -> bool:
        """True if the drive has tracklets."""
        return (self.path / FILE_NAME).is_file()

    def camera(self, frame: Frame) -> Camera | None:
        """The left colour camera; its size is the image's where there is one, else the calibration's."""
        camera = self._camera
        size = png_size(self.path / "image_02" / "data" / f"{frame.name}.png")
        return camera if camera is None or size is None else replace(camera, size=size)

    def stamp(self, frame: Frame) -> float | None:
        """The scan's time, as if KITTI's clock had shown UTC: line k of timestamps.txt is frame k's."""
        return self.stamps[frame.number] if frame.number < len(self.stamps) else None

    def pose(self, frame: Frame) -> NDArray[np.float64] | None:
        """See `Source.pose`: the world is east, north, up, counted from the first packet's place."""
        return self._poses.get(frame.number)

    @cached_property
    def stamps(self) -> tuple[float | None, ...]:
        """Seconds since the epoch by frame number; None for an unreadable line, empty without the file."""
        return read_stamps(self.path / STAMPS, parse_stamp)

    @cached_property
    def _camera(self) -> Camera | None:
        # Where the drive is a link, the calibration is beside it or beside what it leads to.
        return raw_camera(self.path.parent) or raw_camera(self.path.resolve().parent)

    @cached_property
    def _lidar_from_imu(self) -> NDArray[np.float64] | None:
        found = lidar_from_imu(self.path.parent)
        return lidar_from_imu(self.path.resolve().parent) if found is None else found

    @cached_property
    def _boxes(self) -> dict[int, tuple[Box, ...]]:
        return boxes_by_frame(read_tracklets(self.path / FILE_NAME))

    @cached_property
    def _kinds(self) -> Counter[str]:
        """The boxes of the drive by kind."""
        return Counter(box.kind for boxes in self._boxes.values() for box in boxes)

    @cached_property
    def _poses(self) -> dict[int, NDArray[np.float64]]:
        folder = self.path / "oxts" / "data"
        files = {frame.number: folder / f"{frame.name}.txt" for frame in self.whole}
        files = {number: file for number, file in files.items() if file.is_file()}
        imu_from_lidar = np.eye(4) if self._lidar_from_imu is None else np.linalg.inv(self._lidar_from_imu)
        return {
            number: pose @ imu_from_lidar for number, pose in zip(files, read_poses(list(files.values())), strict=True)
        }


def _simulated_sensor(file: Path) -> Sensor | None:
    """The sensor that a drive was simulated with; None: KITTI's."""
    try:
        settings = json.loads(file.read_text("utf-8"))
        return Sensor.from_dict(settings["sensor"]) if "sensor" in settings else None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{file}: doesn't tell the sensor ({error}); simulate the drive anew") from None


def _numbered(folder: Path, suffix: str) -> list[Path]:
    return [file for file in scan_files(folder, [suffix]) if re.fullmatch("[0-9]+", file.stem)]


def parse_stamp(line: str) -> float | None:
    """'2011-09-26 13:02:25.951199337' -> seconds since the epoch, with however many decimals."""
    whole, _, fraction = line.strip().partition(".")
    try:
        seconds = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return seconds + float(f"0.{fraction}") if fraction.isdecimal() and fraction.isascii() else seconds
