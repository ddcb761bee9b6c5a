"""A track while it is followed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import CLASS_TABLE
from squeezeseg.tracking.followed import TRAIL, Followed
from squeezeseg.tracking.kinds import FEWEST, KINDS, Kind
from squeezeseg.tracking.motion import Motion
from squeezeseg.tracking.sightings import Sighting
from squeezeseg.tracking.tracks import Track, TrackedBox
from squeezeseg.tracking.whole_box import whole_box

GROWING, SHRINKING = 0.5, 0.05
"""Of the difference to a larger or smaller box, what a track's size takes over: parts are hidden more often than boxes
are too large."""
TURNING = 0.3
"""Of the difference to a box's yaw, what a track's takes over."""
CERTAIN = 3.0
"""Standard deviations that a speed must be above 0."""
MOSTLY = 0.3
"""Share of its sightings in which a moving object moves: one that waits at a light moves too."""


Rows = Sequence[Sequence[float]]
"""A pose as four rows of four numbers."""


@dataclass(frozen=True)
class Placed:
    """A sighting in the world. noise: standard deviation of x and y, metres."""

    sighting: Sighting
    box: Box
    noise: float


def placed(sighting: Sighting, pose: Rows) -> Placed:
    """A sighting in the world, its box made whole. pose: world <- sensor."""
    kind = KINDS[sighting.class_id]
    if sighting.box is None:
        box, noise = Box(CLASS_TABLE[sighting.class_id].kitti, sighting.middle, kind.size, 0.0), kind.far_noise
    else:
        box, noise = sighting.box, kind.noise
        if not CLASS_TABLE[sighting.class_id].person:
            box = whole_box(box, kind.size)
    return Placed(sighting, moved(box, pose), noise)


def moved(box: Box, pose: Rows) -> Box:
    """A box in another frame. pose: that frame <- the box's; turned about z alone: boxes stand upright."""
    x, y, z = box.centre
    # Arrays of three numbers would take longer than all else that is done for an object.
    (a, b, c, d), (e, f, g, h), (i, j, k, l), _ = pose  # noqa: E741
    centre = a * x + b * y + c * z + d, e * x + f * y + g * z + h, i * x + j * y + k * z + l
    return Box(box.kind, centre, box.size, math.remainder(box.yaw + math.atan2(e, a), 2 * math.pi), box.track)


@dataclass
class Life:
    """A track while it is followed, in the world's frame.

    number: of the track. time: of its state, seconds. seen: when it was seen last. scores: the sum of its sightings'
    by class. sightings, moving: how many, and in how many of them it moved. history: its place in each frame since its
    first, in the sensor's frame; the size is told when it ends. path: in the last scans, the middle of its bottom in
    the world.
    """

    number: int
    time: float
    seen: float
    motion: Motion
    z: float
    yaw: float
    size: tuple[float, float, float]
    scores: dict[int, float]
    sightings: int = 1
    moving: int = 0
    history: list[TrackedBox] = field(default_factory=list)
    path: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=TRAIL))

    @classmethod
    def begun(cls, number: int, time: float, one: Placed) -> Life:
        """The track of an object that comes into sight."""
        x, y = one.box.centre[:2]
        fastest = KINDS[one.sighting.class_id].fastest
        motion = Motion(x, y, 0.0, 0.0, one.noise**2, 0.0, (fastest / 2) ** 2)
        scores = {one.sighting.class_id: one.sighting.score}
        # A bottom stays where the ground is, a middle does not.
        return cls(number, time, time, motion, one.box.bottom[2], one.box.yaw, one.box.size, scores)

    @property
    def class_id(self) -> int:
        """The class that its sightings make most probable, of equally probable ones the lower id."""
        return min(self.scores, key=lambda k: (-self.scores[k], k))

    @property
    def kind(self) -> Kind:
        """What is typical of its class."""
        return KINDS[self.class_id]

    def predict(self, time: float) -> None:
        """Go on to a time."""
        if time > self.time:
            self.motion.predict(time - self.time, self.kind.acceleration)
            self.time = time

    def see(self, one: Placed) -> None:
        """Take in a sighting at the time of its state."""
        self.motion.correct(*one.box.centre[:2], one.noise)
        self.seen = self.time
        self.sightings += 1
        class_id, score = one.sighting.class_id, one.sighting.score
        self.scores[class_id] = self.scores.get(class_id, 0.0) + score
        moves = self._moves()
        self.moving += moves
        self.z += (one.box.bottom[2] - self.z) * TURNING
        if one.sighting.box is None:
            return
        length, width, height = (
            mine + (GROWING if its > mine else SHRINKING) * (its - mine)
            for mine, its in zip(self.size, one.box.size, strict=True)
        )
        self.size = length, width, height
        # Front and back look alike: turned by half a turn, a box is the same.
        self.yaw += TURNING * math.remainder(one.box.yaw - self.yaw, math.pi)
        if moves:
            self.yaw += math.pi * round((math.atan2(self.motion.vy, self.motion.vx) - self.yaw) / math.pi)
        self.yaw = math.remainder(self.yaw, 2 * math.pi)

    def box(self) -> Box:
        """Its box now, in the world."""
        bottom = self.motion.x, self.motion.y, self.z
        return Box.standing(CLASS_TABLE[self.class_id].kitti, bottom, self.size, self.yaw, self.number)

    def note(self, frame: int, sensor: Rows, *, seen: bool) -> None:
        """Keep where it is in a frame. sensor: sensor <- world."""
        self.history.append(TrackedBox(frame, moved(self.box(), sensor), seen, self.motion.speed))
        self.path.append((self.motion.x, self.motion.y, self.z))

    def followed(self, trail: NDArray[np.float64], *, motion_known: bool) -> Followed:
        """It as the last scan shows it, which was noted. trail: its path, in the sensor's frame."""
        now = self.history[-1]
        moving = self._mostly_moves() if motion_known else None
        speed = self.motion.speed if self.sightings >= FEWEST else None
        return Followed(self.number, self.class_id, now.box, now.seen, self.sightings > 1, speed, moving, trail)

    def forget(self) -> None:
        """Drop its history up to its last sighting."""
        del self.history[: max(k for k, one in enumerate(self.history) if one.seen)]

    def ended(self, *, motion_known: bool, recording: str = "") -> Track:
        """What came of it."""
        history = list(self.history)
        while not history[-1].seen:
            history.pop()
        kind = CLASS_TABLE[self.class_id].kitti
        boxes = tuple(
            TrackedBox(
                one.frame,
                Box.standing(kind, one.box.bottom, self.size, one.box.yaw, self.number),
                one.seen,
                one.speed,
            )
            for one in history
        )
        moving = self._mostly_moves() if motion_known else None
        confidence = self.scores[self.class_id] / self.sightings
        return Track(self.number, self.class_id, confidence, boxes, moving, recording)

    def _mostly_moves(self) -> bool | None:
        """Whether it moves, by its life so far; None while that is too short to tell."""
        return self.moving >= MOSTLY * self.sightings if self.sightings >= FEWEST else None

    def _moves(self) -> bool:
        """Whether it moves now, by its speed and how well that is known."""
        speed, spread = self.motion.speed, math.sqrt(max(self.motion.velocity, 0.0))
        return speed > self.kind.moving and speed > CERTAIN * spread
