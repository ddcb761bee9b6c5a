"""Follows the objects of scans as they come: a stream's, or those of frames that are drawn one after the other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.scan import Scan
from data.segmentation import Segmentation
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking.followed import Followed
from squeezeseg.tracking.sightings import Sighting, sightings_of
from squeezeseg.tracking.tracker import FORGOTTEN, Tracker
from squeezeseg.tracking.tracks import label_number

TURN = 0.1
"""Seconds from a scan to the next where they have no clock."""
NO_POSES = "nothing tells how the sensor moves: speeds are relative to it, and what moves isn't told"
_log = logging.getLogger(__name__)


class Follower:
    """Follows objects and forgets those that have ended, so it may go on for days.

    After a gap longer than a track may be unseen, or where time goes back, as when a recording is played again, all
    tracks end; the numbers go on.

    still: whether the sensor stands still, so its pose is always known. Where it isn't, that is logged once.

    Example:
        >>> follower = Follower()
        >>> result, objects, followed = follower.step(scan, result, detect(result), pose)
    """

    def __init__(self, *, still: bool = False) -> None:
        self._tracker = Tracker()
        self._still, self._warned = still, False
        self._time, self._frame = 0.0, -1

    def step(
        self, scan: Scan, result: Segmentation, objects: Sequence[Detection], pose: NDArray[np.float64] | None = None
    ) -> tuple[Segmentation, tuple[Detection, ...], tuple[Followed, ...]]:
        """Take in the next scan: its labels and boxes with the numbers of tracks, and all that is followed.

        objects: those that have a box, see `detect`. pose: (4, 4) float64, world <- sensor; None where it isn't known.
        """
        if self._still:
            pose = np.eye(4)
        elif pose is None and not self._warned:
            self._warned = True
            _log.warning(NO_POSES)
        time = scan.frame * TURN if scan.stamp is None else scan.stamp
        if scan.frame <= self._frame or not 0 < time - self._time <= FORGOTTEN:
            self.restart()
        self._time, self._frame = time, scan.frame
        sightings = sightings_of(scan.points, result, objects)
        numbers = self._tracker.step(scan.frame, time, pose, sightings)
        self._tracker.forget()
        return *renumbered(result, objects, sightings, numbers), self._tracker.followed()

    def restart(self) -> None:
        """End all tracks, as before another recording."""
        self._tracker.begin("")


def renumbered(
    result: Segmentation, objects: Sequence[Detection], sightings: Sequence[Sighting], numbers: Sequence[int]
) -> tuple[Segmentation, tuple[Detection, ...]]:
    """The same with the numbers of tracks as those of objects. numbers: of each sighting's track."""
    if result.instances is None:
        return result, tuple(objects)
    given = {one.instance: label_number(k) for one, k in zip(sightings, numbers, strict=True)}
    table = np.zeros(1 + max(given, default=0), np.uint16)
    for instance, number in given.items():
        table[instance] = number
    return (
        replace(result, instances=table[result.instances]),
        tuple(replace(one, instance=given[one.instance]) for one in objects),
    )
