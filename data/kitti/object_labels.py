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
    truncation: share of the object that lies outside the image, 0..1. occlusion: 0 none, 1 partly, 2 largely, 3
        unknown; both -1 where they aren't known.
    alpha: its direction as the camera sees it, radians, -10 where it isn't known.
    score: of a detection; higher is surer. None for ground truth.
    """

    kind: str
    rectangle: Rectangle
    size: tuple[float, float, float]
    position: tuple[float, float, float]
    rotation_y: float
    truncation: float = -1.0
    occlusion: int = -1
    alpha: float = -10.0
    score: float | None = None

    @property
    def in_space(self) -> bool:
        """False for DontCare, and for what is labelled in the image only, with sizes of -1."""
        return self.kind != "DontCare" and min(self.size) > 0

    def __str__(self) -> str:
        """The line of label_2, without its end; a 16th word is the score."""
        numbers = (self.alpha, *self.rectangle, *self.size, *self.position, self.rotation_y)
        words = [self.kind, f"{self.truncation:.2f}", str(self.occlusion), *(f"{number:.2f}" for number in numbers)]
        return " ".join(words + ([] if self.score is None else [f"{self.score:.4f}"]))

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
    numbers = [float(word) for word in row[1:16]]
    if not np.all(np.isfinite(numbers)):
        raise ValueError("a number that is not finite")
    truncation, occlusion, alpha, left, top, right, bottom, height, width, length, x, y, z, rotation_y = numbers[:14]
    return ObjectLabel(
        row[0],
        (left, top, right, bottom),
        (height, width, length),
        (x, y, z),
        rotation_y,
        truncation,
        int(occlusion),
        alpha,
        numbers[14] if len(numbers) == 15 else None,
    )


def flat_label(kind: str, rectangle: Rectangle, score: float | None = None) -> ObjectLabel:
    """A label of the image alone, with the values that KITTI has for what isn't known."""
    return ObjectLabel(kind, rectangle, (-1.0, -1.0, -1.0), (-1000.0, -1000.0, -1000.0), -10.0, score=score)
