"""The tracks of a run's folder, frame by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.sources import Frame, Source
from squeezeseg.tracking.followed import Followed, FollowedFrames, Pose
from squeezeseg.tracking.track_file import FILE, read_tracks
from squeezeseg.tracking.tracks import Track


class SavedTracks:
    """The tracks in tracks.jsonl, which `segment --track` writes.

    tracks: of each recording of the source, by its name.

    Example:
        >>> tracks = SavedTracks.found(source, run)
        >>> tracks.at(source.frames[12])
    """

    def __init__(self, source: Source, tracks: Mapping[str, list[Track]]) -> None:
        self.source, self.tracks = source, tracks
        frames: dict[str, dict[int, Frame]] = defaultdict(dict)
        for frame in source.whole:
            frames[source.recording(frame)][frame.number] = frame
        self._frames = frames
        self._followed = {name: FollowedFrames(own, self._pose_in(name)) for name, own in tracks.items()}

    @classmethod
    def found(cls, source: Source, folder: Path) -> SavedTracks | None:
        """Those of a run, or of the run that a folder of labels is in; None where it has none.

        Raises:
            InputError: tracks.jsonl can't be read.
        """
        path = next((one for one in (folder / FILE, folder.parent / FILE) if one.is_file()), None)
        if path is None:
            return None
        tracks = defaultdict(list)
        for one in read_tracks(path):
            tracks[one.recording or source.name].append(one)
        return cls(source, tracks)

    def at(self, frame: Frame) -> tuple[Followed, ...]:
        """The tracks that a frame shows."""
        followed = self._followed.get(self.source.recording(frame))
        return () if followed is None else followed[frame.number]

    def _pose_in(self, recording: str) -> Pose:
        def pose(number: int) -> NDArray[np.float64] | None:
            frame = self._frames[recording].get(number)
            return None if frame is None else self.source.pose(frame)

        return pose
