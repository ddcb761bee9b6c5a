"""Boxes around the objects of a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CLASS_TABLE, CLASSES, OBJECT_CLASSES
from data.segmentation import Segmentation
from squeezeseg.objects.ground import find_ground

KINDS = {k: CLASS_TABLE[k].kitti for k in OBJECT_CLASSES}
"""KITTI's object type of each class."""
ANGLES = 45
"""Directions that are tried for a box, 2 degrees apart."""
EDGE = 0.1
"""Metres within which a point lies on a box's edge."""


@dataclass(frozen=True, repr=False)
class Detection:
    """An object of a scan.

    box: around it, in the sensor's frame. instance: its number in the scan. class_id: its class. score: the object
        classifier's probability of that class, 0..1, the mean over its pixels. points: how many of the scan's points it
        has.
    """

    box: Box
    instance: int
    class_id: int
    score: float
    points: int

    @property
    def name(self) -> str:
        """The name of its class."""
        return CLASSES[self.class_id]

    @property
    def confidence(self) -> float:
        """Its `score`."""
        return self.score

    def __repr__(self) -> str:
        x, y, _ = self.box.centre
        of = f"{self.points:,} points, confidence {self.score:.2f}"
        return f"Detection({self.instance}: {self.name} at ({x:.1f}, {y:.1f}) m, {of})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON: metres and radians."""
        return {
            "instance": self.instance,
            "class": self.name,
            "score": round(self.score, 4),
            "points": self.points,
            "centre": [round(value, 3) for value in self.box.centre],
            "size": [round(value, 3) for value in self.box.size],
            "yaw": round(self.box.yaw, 4),
        }


def detect(result: Segmentation) -> tuple[Detection, ...]:
    """A box around each object of a scan, in the order of their numbers.

    It stands on the ground, from which it reaches to the object's highest point. Its direction is that for which the
    points lie nearest to two of its edges; which of the two ends is ahead nobody can tell from one scan, so the yaw is
    between -90 and 90 degrees. Sides that are shorter than anything of the class are lengthened away from the sensor.
    """
    image = result.image
    if result.instances is None:
        return ()
    confidence = result.confidence_or(1.0)
    won = image.index.ravel()
    pixels = np.flatnonzero(won >= 0)
    numbers = result.instances[won[pixels]]
    pixels, numbers = pixels[numbers > 0], numbers[numbers > 0]
    if not len(pixels):
        return ()
    order = np.argsort(numbers, kind="stable")
    pixels, numbers = pixels[order], numbers[order]
    instances, starts = np.unique(numbers, return_index=True)
    channels = image.channels.reshape(5, -1)[:, pixels].astype(np.float64)
    level = find_ground(image)[1] if result.ground is None else result.ground
    points = np.bincount(result.instances, minlength=int(instances[-1]) + 1)
    found = []
    for instance, start, end in zip(instances, starts, (*starts[1:], len(pixels)), strict=True):
        x, y, z = channels[:3, start:end]
        first = won[pixels[start]]
        class_id = int(result.labels[first])
        bottom = min(float(np.median(level.ravel()[pixels[start:end]])), float(z.min()))
        found.append(
            Detection(
                box=_box(x, y, class_id, bottom, float(z.max())),
                instance=int(instance),
                class_id=class_id,
                score=float(confidence[won[pixels[start:end]]].mean()),
                points=int(points[instance]),
            )
        )
    return tuple(found)


def _box(x: NDArray[np.float64], y: NDArray[np.float64], class_id: int, bottom: float, top: float) -> Box:
    """The box of points (n,) of one object."""
    yaw = best_direction(x, y, np.pi / 2 / ANGLES, ANGLES, EDGE)
    u, v = x * np.cos(yaw) + y * np.sin(yaw), y * np.cos(yaw) - x * np.sin(yaw)
    sides = [(u.min(), u.max()), (v.min(), v.max())]
    extents = [far - near for near, far in sides]
    along = int(extents[1] > extents[0])
    known = CLASS_TABLE[class_id]
    if extents[along] < known.end:
        along = 1 - along
    if along == 1:  # the box's own axes: forward, left
        yaw, sides = yaw + np.pi / 2, [sides[1], (-sides[0][1], -sides[0][0])]
    grown = [_lengthened(*side, least) for side, least in zip(sides, known.footprint, strict=True)]
    (back, front), (right, left) = grown
    forward, across = (back + front) / 2, (right + left) / 2
    cos, sin = np.cos(yaw), np.sin(yaw)
    middle = (float(forward * cos - across * sin), float(forward * sin + across * cos), bottom)
    size = (float(front - back), float(left - right), top - bottom)
    return Box.standing(KINDS[class_id], middle, size, float((yaw + np.pi / 2) % np.pi - np.pi / 2))


def _lengthened(near: float, far: float, least: float) -> tuple[float, float]:
    """Lengthen a side to `least`, away from the sensor at 0: its two ends."""
    missing = least - (far - near)
    if missing <= 0:
        return near, far
    if near > 0:
        return near, far + missing
    if far < 0:
        return near - missing, far
    return near - missing / 2, far + missing / 2


@njit(cache=True, nogil=True)
def best_direction(x: NDArray[np.float64], y: NDArray[np.float64], step: float, count: int, edge: float) -> float:
    """The angle in radians, 0 to 90 degrees, for which points lie nearest to the edges of a box.

    The closeness criterion of Zhang et al., Efficient L-shape fitting for vehicle detection using laser scanners, IV
    2017, algorithm 4. The smallest area breaks ties.
    """
    best, angle = -np.inf, 0.0
    for k in range(count):
        cos, sin = np.cos(k * step), np.sin(k * step)
        low_u, high_u, low_v, high_v = np.inf, -np.inf, np.inf, -np.inf
        for i in range(len(x)):
            u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
            low_u, high_u = min(low_u, u), max(high_u, u)
            low_v, high_v = min(low_v, v), max(high_v, v)
        # Negligible beside the closeness of any point.
        score = -1e-3 * (high_u - low_u) * (high_v - low_v)
        for i in range(len(x)):
            u, v = x[i] * cos + y[i] * sin, y[i] * cos - x[i] * sin
            away = min(u - low_u, high_u - u, v - low_v, high_v - v)
            score += 1 / max(away, edge)
        if score > best:
            best, angle = score, k * step
    return angle
