"""3D boxes around objects, and the labels that they give to points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.labels import BACKGROUND, IGNORE, ClassMap
from projection.errors import InputError


@dataclass(frozen=True, repr=False)
class Box:
    """An upright box in the sensor's frame (x forward, y left, z up, metres).

    kind: KITTI's object type, 'Car', 'Pedestrian', 'Cyclist', ...
    centre: (x, y, z) of its middle.
    size: length along its heading, width, height.
    yaw: of its heading about z, radians, 0 ahead, positive to the left.
    track: number of the object in its recording, or -1.
    """

    kind: str
    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    yaw: float
    track: int = -1

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (*self.centre, *self.size, self.yaw))) or min(self.size) < 0:
            raise InputError(f"box {self.kind}: position, size and yaw must be finite, sizes not negative")

    @classmethod
    def standing(
        cls,
        kind: str,
        bottom: tuple[float, float, float],
        size: tuple[float, float, float],
        yaw: float,
        track: int = -1,
    ) -> Self:
        """The box whose bottom face has the middle `bottom`, which is how KITTI's files place it."""
        x, y, z = bottom
        return cls(kind, (x, y, z + size[2] / 2), size, yaw, track)

    @property
    def bottom(self) -> tuple[float, float, float]:
        """(x, y, z) of the middle of its bottom face."""
        x, y, z = self.centre
        return x, y, z - self.size[2] / 2

    def __repr__(self) -> str:
        at = ", ".join(f"{value:.1f}" for value in self.centre)
        size = " x ".join(f"{value:.1f}" for value in self.size)
        return f"Box({self.kind!r} at ({at}) m, {size} m, yaw {np.degrees(self.yaw):.0f} degrees)"

    def contains(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Mask of the points in the box, faces included: (N, 3 or more) -> (N,)."""
        # In float64: the published samples' labels are reproduced exactly only so.
        x, y, z = (points[:, axis].astype(np.float64) - self.bottom[axis] for axis in range(3))
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        length, width, height = self.size
        return np.asarray(
            (np.abs(x * cos + y * sin) <= length / 2)
            & (np.abs(y * cos - x * sin) <= width / 2)
            & (z >= 0)
            & (z <= height)
        )


def recording_car(sensor_height: float) -> Box:
    """The car that carries a sensor at this height above the ground, in metres: roughly KITTI's."""
    return Box.standing("recording car", (-0.3, 0.0, -sensor_height), (4.3, 1.8, 1.5), 0.0)


def label_points(points: NDArray[np.float32], boxes: Sequence[Box], class_map: ClassMap) -> NDArray[np.uint8]:
    """Label points by the boxes that hold them: (N, 4) -> (N,) uint8 class ids, else background.

    Where boxes overlap, a class beats IGNORE and the later box beats the earlier one.
    """
    classes = [class_map.class_of(box.kind) for box in boxes]
    return np.array([BACKGROUND, *classes], np.uint8)[number_points(points, boxes, class_map)]


def number_points(points: NDArray[np.float32], boxes: Sequence[Box], class_map: ClassMap) -> NDArray[np.int32]:
    """Number points by the box that decides their class: (N, 4) -> (N,) int32, 1 + its index, 0 for none."""
    numbers = np.zeros(len(points), np.int32)
    classes = [class_map.class_of(box.kind) for box in boxes]
    for index in sorted(range(len(boxes)), key=lambda index: classes[index] != IGNORE):
        if classes[index] != BACKGROUND:
            numbers[boxes[index].contains(points)] = 1 + index
    return numbers
