"""The tracks of frames that are gone through in order: those that a run has, or followed on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from apps.saved_tracks import SavedTracks
from data.scan import Scan
from data.segmentation import Segmentation
from data.sources import Frame, Source
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking.followed import Followed
from squeezeseg.tracking.follower import NO_POSES, Follower

Follow = Callable[[Frame, Scan, Segmentation, Sequence[Detection]], Sequence[Followed]]
"""The tracks that a frame shows, whose labels and boxes are given. Asked in the order of the frames."""


def following(source: Source, run: Path | None) -> Follow:
    """The tracks that a run's folder has, if there is one and it has some; else objects are followed on the way.

    Raises:
        InputError: the run's tracks can't be read.
    """
    saved = None if run is None else SavedTracks.found(source, run)
    if saved is not None:
        if source.pose(source.frames[0]) is None:
            source.warn_once("no poses", NO_POSES)
        return lambda frame, *_: saved.at(frame)
    return _OnTheWay(source)


class _OnTheWay:
    def __init__(self, source: Source) -> None:
        self._source, self._follower = source, Follower()
        self._recording: str | None = None

    def __call__(
        self, frame: Frame, scan: Scan, result: Segmentation, found: Sequence[Detection]
    ) -> Sequence[Followed]:
        recording = self._source.recording(frame)
        if recording != self._recording:
            self._recording = recording
            self._follower.restart()
        _, _, followed = self._follower.step(scan, result, found, self._source.pose(frame))
        return followed
