"""KITTI's object benchmark: single scans with boxes in their camera's coordinates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.calibration import object_calibration
from data.kitti.camera import Camera, png_size
from data.kitti.object_labels import ObjectLabel, read_object_labels
from data.kitti.truth import box_truth
from data.labels import ClassMap
from data.scan import Scan
from data.sources.base import Frame
from data.sources.files import FileSource, scan_files
from projection import Sensor
from projection.errors import InputError

SCANS = "velodyne"


class KittiObject(FileSource):
    """The folder training or testing, with velodyne and, where they exist, calib, label_2 and image_2."""

    def __init__(self, path: Path, sensor: Sensor | None = None) -> None:
        files = scan_files(path / SCANS, [".bin"])
        if not files:
            raise InputError(f"{path / SCANS}: no scans; the object benchmark has files like 000000.bin there")
        super().__init__(path, files, sensor)
        self.name = f"kitti_object_{path.name}"

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The frame's objects, None without a label file. Raises InputError if labels or calibration are broken."""
        labels = self._labels(frame)
        if labels is None:
            return None
        _, rectified_from_lidar = self._calibration(frame)
        return tuple(label.box(rectified_from_lidar) for label in labels if label.in_space)

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The boxes' labels inside the camera's image, DontCare rectangles ignored; None without a label file."""
        boxes, labels, camera = self.boxes(frame), self._labels(frame), self.camera(frame)
        if boxes is None or labels is None:
            return None
        self.warn_of_unknown(self._label_path(frame), self.unknown_labels(frame, scan, class_map))
        dont_care = [label.rectangle for label in labels if not label.in_space]
        return box_truth(scan.points, boxes, class_map, camera, dont_care)

    @property
    def labelled(self) -> bool:
        """True if any frame has a label file."""
        return any(self._label_path(frame).is_file() for frame in self.frames)

    def camera(self, frame: Frame) -> Camera | None:
        """The left colour camera of one frame, None without calibration."""
        if not self._calibration_path(frame).is_file():
            return None
        camera, _ = self._calibration(frame)
        size = png_size(self.path / "image_2" / f"{frame.name}.png")
        return camera if size is None else replace(camera, size=size)

    def _labels(self, frame: Frame) -> list[ObjectLabel] | None:
        path = self._label_path(frame)
        if not path.is_file():
            return None
        labels = read_object_labels(path)
        flat = [label.kind for label in labels if not label.in_space and label.kind != "DontCare"]
        if flat:
            self.warn_once("flat", f"{path}: labelled in the image only, so treated as DontCare: {', '.join(flat[:3])}")
        return labels

    def _label_path(self, frame: Frame) -> Path:
        return self.path / "label_2" / f"{frame.name}.txt"

    def _calibration_path(self, frame: Frame) -> Path:
        return self.path / "calib" / f"{frame.name}.txt"

    def _calibration(self, frame: Frame) -> tuple[Camera, NDArray[np.float64]]:
        return object_calibration(self._calibration_path(frame))
