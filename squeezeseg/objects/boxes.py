"""Boxes around the objects of a scan: those that can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box, recording_car
from data.labels import CLASS_TABLE, CLASSES, OBJECT_CLASSES
from data.segmentation import Segmentation
from squeezeseg.objects.box_fit import fit_box
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

    It stands on the ground, from which it reaches to the object's highest point; see `fit_box` for the rest. No box is
    given to an object of which too little is seen, by `CLASS_TABLE`, whose box would be lower or larger than objects of
    its class are, that is a part of the recording car, or that overlaps one of its class that has more points, or the
    recording car.
    """
    image = result.image
    if result.instances is None:
        return ()
    members = np.flatnonzero(result.instances)
    points = np.bincount(result.instances[members])
    members = members[image.index.ravel()[image.pixel[members]] == members]  # those that won their pixel
    if not len(members):
        return ()
    members = members[np.argsort(result.instances[members], kind="stable")]
    instances, starts = np.unique(result.instances[members], return_index=True)
    pixels = image.pixel[members]
    channels = image.channels.reshape(5, -1)[:, pixels]
    labels, confidence = result.labels[members], result.confidence_or(1.0)[members]
    level = (find_ground(image)[1] if result.ground is None else result.ground).ravel()[pixels]
    solid_angle = pixel_solid_angle(image.sensor)
    found = []
    for instance, start, end in zip(instances, starts, (*starts[1:], len(members)), strict=True):
        known = CLASS_TABLE[class_id := int(labels[start])]
        if points[instance] < known.points:
            continue
        x, y, z, _, away = channels[:, start:end].astype(np.float64)
        if solid_angle * np.square(away).sum() < known.seen or _is_own(x, y):
            continue
        bottom = min(float(np.median(level[start:end])), float(z.min()))
        box = fit_box(x, y, class_id, bottom, float(z.max()))
        if box.size[2] >= known.lowest and all(np.less_equal(box.size, known.largest)):
            score = float(confidence[start:end].mean())
            found.append(Detection(box, int(instance), class_id, score, int(points[instance])))
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


def _is_own(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """True if points x, y (n,) are all on the recording car, or as near to it as its mirrors and rails are."""
    car = recording_car(0.0)
    length, width, _ = car.size
    ahead, left = np.abs(x - car.centre[0]).max(), np.abs(y - car.centre[1]).max()
    return bool(ahead <= length / 2 + OWN and left <= width / 2 + OWN)
