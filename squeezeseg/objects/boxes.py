"""Boxes around the objects of a scan: those that can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.boxes import Box, recording_car
from data.labels import CLASS_TABLE, CLASSES, OBJECT_CLASSES
from data.segmentation import Segmentation
from projection.read_only import read_only
from squeezeseg.objects.box_fit import KNOWN, fit_boxes
from squeezeseg.objects.features import pixel_solid_angle
from squeezeseg.objects.ground import find_ground
from squeezeseg.objects.overlap import first_come, footprints, overlap

KINDS = {k: CLASS_TABLE[k].kitti for k in OBJECT_CLASSES}
"""KITTI's object type of each class."""
OVERLAP = 0.2
"""Share of the smaller's area, seen from above, that two objects of a class may have in common."""
OWN = 0.6
"""Metres around the recording car: what lies in there is a mirror or a rail of its own."""


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
    """A box around each object of a scan, in the order of their numbers, where a box can be believed.

    It stands on the ground, from which it reaches to the object's highest point; see `fit_boxes` for the rest. No box
    is given to an object of which too little is seen, by `CLASS_TABLE`, whose box would be lower or larger than objects
    of its class are, that is a part of the recording car, or that overlaps one of its class that has more points, or
    the recording car.
    """
    image = result.image
    if result.instances is None or not result.instances.any():
        return ()
    level = find_ground(image)[1] if result.ground is None else result.ground
    car = recording_car(0.0)
    own = (*car.centre[:2], car.size[0] / 2 + OWN, car.size[1] / 2 + OWN)
    of_points = result.instances, result.labels, result.confidence_or(1.0), image.pixel
    instances, labels, confidence, pixel, index, channels, level = (
        read_only(array) for array in (*of_points, image.index, image.channels, level)
    )
    angle = pixel_solid_angle(image.sensor)
    numbers, boxes = fit_boxes(instances, labels, confidence, pixel, index, channels, level, KNOWN, angle, own)
    found = []
    for (instance, class_id, points), (x, y, z, length, width, height, yaw, score) in zip(
        numbers.tolist(), boxes.tolist(), strict=True
    ):
        box = Box.standing(CLASS_TABLE[class_id].kitti, (x, y, z), (length, width, height), yaw)
        found.append(Detection(box, instance, class_id, score, points))
    return tuple(sorted(_apart(found), key=lambda one: one.instance))


def _apart(found: list[Detection]) -> list[Detection]:
    """Those that overlap neither one of their class that has more points nor the recording car."""
    found = sorted(found, key=lambda one: -one.points)
    shapes = footprints([one.box for one in found])
    car = footprints([recording_car(0.0)])[0]
    stays = first_come(shapes, np.array([one.class_id for one in found], np.int64), OVERLAP)
    return [
        one for one, shape, stay in zip(found, shapes, stays, strict=True) if stay and overlap(shape, car) <= OVERLAP
    ]
