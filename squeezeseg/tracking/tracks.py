"""A track: one object through a drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.kitti.tracklets import Tracklet
from data.labels import CLASS_TABLE, CLASSES

LARGEST_NUMBER = 65_535
"""That a .label file can hold."""


@dataclass(frozen=True)
class TrackedBox:
    """A track in one frame.

    frame: number. box: in the sensor's frame, metres. seen: False where the object was hidden, and its box is foretold.
    speed: m/s.
    """

    frame: int
    box: Box
    seen: bool
    speed: float


@dataclass(frozen=True)
class Track:
    """One object through a drive.

    number: from 1, in the order in which objects came into sight. class_id: that its sightings make most probable.
    confidence: the mean probability that they gave this class, 0..1. boxes: from its first to its last sighting, a box
    for each frame, all of one size. moving: None where the sensor's own motion isn't known, or it was seen too shortly
    to tell. recording: that shows it.
    """

    number: int
    class_id: int
    confidence: float
    boxes: tuple[TrackedBox, ...]
    moving: bool | None
    recording: str = ""

    @property
    def sightings(self) -> int:
        """Scans that show it."""
        return sum(one.seen for one in self.boxes)

    @property
    def confirmed(self) -> bool:
        """True if a second scan shows it: what one alone shows is often nothing."""
        return self.sightings > 1

    @property
    def speed(self) -> float:
        """Metres per second: the median over its life."""
        return float(np.median([one.speed for one in self.boxes]))

    def as_dict(self) -> dict[str, Any]:
        """For JSON: metres, radians, m/s; the boxes in the sensor's frame."""
        return {
            "id": self.number,
            "instance": label_number(self.number),
            "recording": self.recording,
            "class": CLASSES[self.class_id],
            "confidence": round(self.confidence, 4),
            "confirmed": self.confirmed,
            "first_frame": self.boxes[0].frame,
            "last_frame": self.boxes[-1].frame,
            "sightings": self.sightings,
            "moving": self.moving,
            "speed": round(self.speed, 2),
            "size": [round(side, 3) for side in self.boxes[0].box.size],
            "boxes": [
                {
                    "frame": one.frame,
                    "centre": [round(value, 3) for value in one.box.centre],
                    "yaw": round(one.box.yaw, 4),
                    "speed": round(one.speed, 2),
                    "seen": one.seen,
                }
                for one in self.boxes
            ],
        }

    def as_tracklets(self) -> list[Tracklet]:
        """As KITTI has it: a pose for each frame number. Frames that are left out part it."""
        runs: list[list[TrackedBox]] = []
        for one in self.boxes:
            if not runs or one.frame != runs[-1][-1].frame + 1:
                runs.append([])
            runs[-1].append(one)
        kind = CLASS_TABLE[self.class_id].kitti
        return [Tracklet(kind, run[0].box.size, run[0].frame, _poses(run)) for run in runs]


def label_number(number: int) -> int:
    """A track's number in the 16 bits of a .label file, which begins again at 1 after 65,535 tracks."""
    return (number - 1) % LARGEST_NUMBER + 1


def _poses(run: list[TrackedBox]) -> NDArray[np.float64]:
    return np.array([(*one.box.bottom, one.box.yaw) for one in run], np.float64)
