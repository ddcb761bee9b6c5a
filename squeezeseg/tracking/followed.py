"""A track as one scan shows it: for pictures, pages and streams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CLASSES
from squeezeseg.tracking.kinds import FEWEST
from squeezeseg.tracking.tracks import Track

TRAIL = 15
"""Scans that a trail goes back: a second and a half of a sensor that turns ten times a second."""

Pose = Callable[[int], "NDArray[np.float64] | None"]
"""The pose of a frame by its number: (4, 4) float64, world <- sensor; None where it isn't known."""


@dataclass(frozen=True, eq=False)
class Followed:
    """An object that is followed, in one scan.

    number: of its track. class_id: its class. box: in the sensor's frame, metres. seen: False where the object is
    hidden, and its box is foretold. confirmed: whether a second scan shows it. speed: m/s, relative to the sensor where
    its own motion isn't known; None until enough scans have shown it. moving: None where that isn't known. trail:
    (K, 3) float64, the middle of its bottom in the last scans, in this one's sensor's frame, metres; this one's is the
    last.
    """

    number: int
    class_id: int
    box: Box
    seen: bool
    confirmed: bool
    speed: float | None
    moving: bool | None
    trail: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))

    @property
    def name(self) -> str:
        """The name of its class."""
        return CLASSES[self.class_id]

    @property
    def title(self) -> str:
        """Its class, its number and its speed, for people: 'car 12 34 km/h'; 'car 9?' where one scan alone shows it."""
        if not self.confirmed:
            return f"{self.name} {self.number}?"
        speed = "" if self.speed is None or self.moving is False else f" {3.6 * self.speed:.0f} km/h"
        return f"{self.name} {self.number}{speed}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON: metres, radians, m/s."""
        return {
            "id": self.number,
            "class": self.name,
            "seen": self.seen,
            "confirmed": self.confirmed,
            "moving": self.moving,
            "speed": None if self.speed is None else round(self.speed, 2),
            "centre": [round(value, 3) for value in self.box.centre],
            "size": [round(value, 3) for value in self.box.size],
            "yaw": round(self.box.yaw, 4),
        }


class FollowedFrames:
    """The tracks of a recording, frame by frame, in any order.

    tracks: of one recording. pose: of a frame, by its number.

    Example:
        >>> frames = FollowedFrames(read_tracks(run / FILE), lambda number: source.pose(frames[number]))
        >>> frames[12]
    """

    def __init__(self, tracks: Iterable[Track], pose: Pose) -> None:
        self._pose = pose
        self._at: dict[int, list[tuple[Track, int]]] = defaultdict(list)
        for track in tracks:
            for k, one in enumerate(track.boxes):
                self._at[one.frame].append((track, k))

    def __getitem__(self, frame: int) -> tuple[Followed, ...]:
        if frame not in self._at:
            return ()
        pose = self._pose(frame)
        sensor = None if pose is None else np.asarray(np.linalg.inv(pose), np.float64)
        found = []
        for track, k in self._at[frame]:
            one, so_far = track.boxes[k], track.boxes[: k + 1]
            trail = np.array([self._here(at.frame, at.box.bottom, sensor) for at in so_far[-TRAIL:]])
            speed = one.speed if sum(at.seen for at in so_far) >= FEWEST else None
            found.append(
                Followed(track.number, track.class_id, one.box, one.seen, track.confirmed, speed, track.moving, trail)
            )
        return tuple(found)

    def _here(self, frame: int, place: Sequence[float], sensor: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """A place in another frame's sensor's frame, in this one's."""
        pose = None if sensor is None else self._pose(frame)
        if sensor is None or pose is None:
            return np.asarray(place)
        world = pose[:3, :3] @ place + pose[:3, 3]
        return np.asarray(sensor[:3, :3] @ world + sensor[:3, 3])
