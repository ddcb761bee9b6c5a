"""The tracker: which object of a scan is which of those before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.labels import PEOPLE
from squeezeseg.objects.overlap import footprints, overlap
from squeezeseg.tracking.followed import Followed
from squeezeseg.tracking.life import Life, Placed, placed
from squeezeseg.tracking.sightings import Sighting
from squeezeseg.tracking.tracks import Track

GATE = 9.21
"""Squared standard deviations within which a sighting may be a track's: 99 of 100 are (chi square, two coordinates)."""
APART = 4.0
"""What no overlap of the boxes, seen from above, counts as in squared standard deviations."""
OTHER_CLASS = 4.0
"""The same of another class."""
FORGOTTEN = 1.0
"""Seconds unseen after which a track ends."""
UNCONFIRMED = 0.25
"""The same where a single scan has shown it."""
IMPOSSIBLE = 1e6


class Tracker:
    """Follows objects through a drive, scan after scan.

    Each sighting gets the number of its object's track; a track ends where its object is unseen for a second.
    The same scans give the same numbers.

    Example:
        >>> tracker = Tracker()
        >>> for frame, pose in enumerate(poses):
        ...     numbers = tracker.step(frame, 0.1 * frame, pose, sightings[frame])
        >>> tracker.tracks()
    """

    def __init__(self) -> None:
        self._alive: list[Life] = []
        self._ended: list[Track] = []
        self._number = 0
        self._motion_known = True
        self._recording = ""
        self._sensor = np.eye(4)  # sensor <- world, in the last scan

    def begin(self, recording: str) -> None:
        """Go on to the first scan of another recording: all tracks end, and the numbers go on."""
        self._ended += [self._end(life) for life in self._alive]
        self._alive, self._motion_known, self._recording = [], True, recording

    def step(
        self, frame: int, time: float, pose: NDArray[np.float64] | None, sightings: Sequence[Sighting]
    ) -> tuple[int, ...]:
        """Take in a scan; the numbers of its sightings' tracks, from 1.

        frame: its number. time: of the scan, seconds, later than the one before. pose: (4, 4) float64, world <- sensor;
        None where it isn't known: then the sensor counts as standing still.
        """
        if pose is None:
            self._motion_known = False
            pose = np.eye(4)
        rows = pose.tolist()
        seen = [placed(one, rows) for one in sightings]
        for life in self._alive:
            life.predict(time)
        followed = {k: self._alive[i] for i, k in self._assigned(seen)}
        numbers = []
        for k, one in enumerate(seen):
            if k in followed:
                followed[k].see(one)
            else:
                self._number += 1
                followed[k] = Life.begun(self._number, time, one)
                self._alive.append(followed[k])
            numbers.append(followed[k].number)
        self._sensor = np.asarray(np.linalg.inv(pose), np.float64)
        rows = self._sensor.tolist()
        for life in self._alive:
            life.note(frame, rows, seen=life.seen == time)
        self._bury(time)
        return tuple(numbers)

    def followed(self) -> tuple[Followed, ...]:
        """What is followed, as the last scan shows it, by its numbers."""
        lengths = np.cumsum([len(life.path) for life in self._alive])
        paths = np.array([place for life in self._alive for place in life.path]).reshape(-1, 3)
        trails = np.split(paths @ self._sensor[:3, :3].T + self._sensor[:3, 3], lengths[:-1])
        return tuple(
            life.followed(trail, motion_known=self._motion_known)
            for life, trail in zip(self._alive, trails, strict=False)
        )

    def forget(self) -> None:
        """Drop all that `tracks` would tell, but what following needs: a stream has no end."""
        self._ended.clear()
        for life in self._alive:
            life.forget()

    def tracks(self) -> list[Track]:
        """All tracks so far, by their numbers."""
        alive = [self._end(life) for life in self._alive]
        return sorted([*self._ended, *alive], key=lambda one: one.number)

    def _assigned(self, seen: Sequence[Placed]) -> list[tuple[int, int]]:
        """Pairs of a track and a sighting, by their places; as a whole the least distant ones."""
        from scipy.optimize import linear_sum_assignment  # only who follows objects waits for it to load

        if not self._alive or not seen:
            return []
        shapes, others = footprints([life.box() for life in self._alive]), footprints([one.box for one in seen])
        classes = np.array([life.class_id for life in self._alive])[:, None]
        theirs = np.array([one.sighting.class_id for one in seen])
        spread = np.array([life.motion.place for life in self._alive])[:, None]
        noise = np.array([one.noise for one in seen])
        away = ((shapes[:, None, :2] - others[:, :2]) ** 2).sum(-1) / (spread + noise**2)
        # A person is no car; a cyclist may be taken for a pedestrian for a while.
        alike = (classes == theirs) | (np.isin(classes, PEOPLE) & np.isin(theirs, PEOPLE))
        costs = np.full(away.shape, IMPOSSIBLE)
        for i, k in np.argwhere(alike & (away <= GATE)).tolist():
            apart = APART * (1 - overlap(shapes[i], others[k]))
            costs[i, k] = away[i, k] + apart + OTHER_CLASS * (classes[i, 0] != theirs[k])
        pairs = zip(*linear_sum_assignment(costs), strict=True)
        return [(int(i), int(k)) for i, k in pairs if costs[i, k] < IMPOSSIBLE]

    def _bury(self, time: float) -> None:
        """End the tracks that are unseen for too long."""
        alive = []
        for life in self._alive:
            if time - life.seen > (FORGOTTEN if life.sightings > 1 else UNCONFIRMED):
                self._ended.append(self._end(life))
            else:
                alive.append(life)
        self._alive = alive

    def _end(self, life: Life) -> Track:
        return life.ended(motion_known=self._motion_known, recording=self._recording)
