"""What tracks are made of: an object as one scan shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.segmentation import Segmentation
from squeezeseg.objects.boxes import Detection


@dataclass(frozen=True)
class Sighting:
    """An object in one scan.

    instance: its number in the scan. class_id: its class. score: the probability of that class, 0..1. points: how many
    it has. middle: (x, y, z) of their mean in the sensor's frame, metres. box: around it, in the sensor's frame; None
    where too little is seen for one.
    """

    instance: int
    class_id: int
    score: float
    points: int
    middle: tuple[float, float, float]
    box: Box | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON, to the last bit: the same tracks come of what is read again."""
        box = None
        if self.box is not None:
            box = {"kind": self.box.kind, "centre": self.box.centre, "size": self.box.size, "yaw": self.box.yaw}
        return {
            "instance": self.instance,
            "class": self.class_id,
            "score": self.score,
            "points": self.points,
            "middle": self.middle,
            "box": box,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """`as_dict` undone."""
        box = content["box"]
        if box is not None:
            box = Box(box["kind"], tuple(box["centre"]), tuple(box["size"]), box["yaw"])
        middle = tuple(content["middle"])
        return cls(content["instance"], content["class"], content["score"], content["points"], middle, box)


def sightings_of(
    points: NDArray[np.float32], result: Segmentation, detections: Sequence[Detection]
) -> tuple[Sighting, ...]:
    """The objects of a scan, with a box or without, by their numbers.

    points: (N, 4) float32, the scan's. detections: those of its objects that have a box, see `detect`.
    """
    if result.instances is None:
        return ()
    own = np.flatnonzero(result.instances)
    if not len(own):
        return ()
    numbers = result.instances[own]
    count = np.bincount(numbers)
    sums = np.stack([np.bincount(numbers, points[own, axis]) for axis in range(3)], axis=1)
    middles = sums / np.maximum(count, 1)[:, None]
    scores = np.bincount(numbers, result.confidence_or(1.0)[own]) / np.maximum(count, 1)
    classes = np.zeros(len(count), np.uint8)
    classes[numbers] = result.labels[own]  # all points of an object have its class
    boxes = {one.instance: one for one in detections}
    sightings = []
    for number, class_id in ((k, int(classes[k])) for k in np.flatnonzero(count).tolist()):
        x, y, z = middles[number].tolist()
        detection = boxes.get(number)
        score = float(scores[number]) if detection is None else detection.score
        box = None if detection is None else detection.box
        sightings.append(Sighting(number, class_id, score, int(count[number]), (x, y, z), box))
    return tuple(sightings)
