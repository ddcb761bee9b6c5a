"""KITTI's object labels (label_2): the boxes of one image, in its camera's coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.truth import Rectangle
from data.text_file import read_lines
from projection.errors import InputError


@dataclass(frozen=True)
class ObjectLabel:
    """A line of label_2.

    kind: 'Car', ..., or 'DontCare', which has a rectangle only.
    rectangle: left, top, right, bottom in the image, in pixels.
    size: height, width, length in metres.
    position: x right, y down, z ahead in the rectified camera's frame, metres: middle of the bottom face.
    rotation_y: about the camera's y axis, radians, 0 to the right, positive clockwise seen from above.
    """

    kind: str
    rectangle: Rectangle
    size: tuple[float, float, float]
    position: tuple[float, float, float]
    rotation_y: float

    @property
    def in_space(self) -> bool:
        """False for DontCare, and for what is labelled in the image only, with sizes of -1."""
        return self.kind != "DontCare" and min(self.size) > 0

    def box(self, rectified_from_lidar: NDArray[np.float64]) -> Box:
        """The box in the LiDAR's frame. rectified_from_lidar: (4, 4) float64."""
        height, width, length = self.size
        lidar_from_rectified = np.linalg.inv(rectified_from_lidar)
        x, y, z, _ = (lidar_from_rectified @ (*self.position, 1.0)).tolist()
        # The heading itself is brought over: the camera is turned against the LiDAR by half a degree.
        ahead, left, _ = lidar_from_rectified[:3, :3] @ (np.cos(self.rotation_y), 0.0, -np.sin(self.rotation_y))
        return Box.standing(self.kind, (x, y, z), (length, width, height), float(np.arctan2(left, ahead)))


def read_object_labels(path: Path) -> list[ObjectLabel]:
    """Read a file of label_2. Raises InputError if it is missing or broken."""
    try:
        return [_label(line.split()) for line in read_lines(path)]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: broken labels ({error}); download label_2 again") from None


def _label(row: list[str]) -> ObjectLabel:
    if len(row) < 15:
        raise ValueError(f"a line of {len(row)} words, 15 are needed")
    numbers = [float(word) for word in row[1:15]]
    if not np.all(np.isfinite(numbers)):
        raise ValueError("a number that is not finite")
    left, top, right, bottom, height, width, length, x, y, z, rotation_y = numbers[3:]
    return ObjectLabel(row[0], (left, top, right, bottom), (height, width, length), (x, y, z), rotation_y)
