"""A run's objects followed from frame to frame: `segment --track`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from apps.frame_files import TRACKS, FrameFiles
from apps.run_record import BoxLine, Place
from data.atomic import atomic_write
from data.json_file import read_json
from data.labels import CLASSES
from data.scan import Scan
from data.segmentation import Segmentation
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking import Sighting, Track, Tracker, sightings_of
from squeezeseg.tracking.follower import TURN, renumbered
from squeezeseg.tracking.track_file import FILE, write_tracks
from squeezeseg.tracking.tracks import LARGEST_NUMBER

MAX_BYTES = 16 << 20


class _SightingEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)

    instance: int = Field(ge=1, le=LARGEST_NUMBER)
    class_id: int = Field(ge=1, lt=len(CLASSES), alias="class")
    score: float = Field(ge=0, le=1)
    points: int = Field(ge=1)
    middle: tuple[Place, Place, Place]
    box: BoxLine | None


class _Seen(BaseModel):
    """tracks/FRAME.json: what the tracker was told of a frame."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    time: float
    sightings: list[_SightingEntry]


_SEEN = TypeAdapter(_Seen)


class RunTracks:
    """Follows the objects of a run, frame after frame in the order of the recording.

    What it was told of each frame lies in a file beside the labels, so a run that goes on later goes on as it would
    have: those frames are gone through again first, which takes no time.

    Example:
        >>> tracks = RunTracks(source, run.files)
        >>> tracks.repeat(frames_done)
        >>> result, objects = tracks.follow(frame, scan, result, objects)  # and writes tracks/FRAME.json
        >>> tracks.write(run.path)
    """

    def __init__(self, source: Source, files: FrameFiles) -> None:
        self._source, self._files = source, files
        self._tracker = Tracker()
        self._recording: str | None = None
        self._time: float | None = None

    def repeat(self, frames: Sequence[Frame]) -> None:
        """Go through frames that are done. Raises InputError if one's file is missing or damaged."""
        for frame in frames:
            path = self._files.file(frame, TRACKS)
            try:
                seen = read_json(path, _SEEN, most=MAX_BYTES)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise InputError(f"{path}: no sightings of a run ({reason}); remove it, and resume the run") from None
            found = [Sighting.from_dict(one.model_dump(by_alias=True)) for one in seen.sightings]
            self._begin(frame)
            self._step(frame, seen.time, found)

    def follow(
        self, frame: Frame, scan: Scan, result: Segmentation, objects: Sequence[Detection]
    ) -> tuple[Segmentation, tuple[Detection, ...]]:
        """The scan's objects with the numbers of their tracks, and a file of what was seen.

        Raises:
            InputError: the file can't be written.
        """
        sightings = sightings_of(scan.points, result, objects)
        self._begin(frame)
        time = self._time_of(scan)
        content = {"time": time, "sightings": [one.as_dict() for one in sightings]}
        with atomic_write(self._files.file(frame, TRACKS)) as file:
            file.write(json.dumps(content, allow_nan=False).encode())
        numbers = self._step(frame, time, sightings)
        return renumbered(result, objects, sightings, numbers)

    def tracks(self) -> list[Track]:
        """The tracks so far."""
        return self._tracker.tracks()

    def write(self, folder: Path) -> None:
        """Write tracks.jsonl, a line for each track. Raises InputError if it can't be written."""
        write_tracks(folder / FILE, self.tracks())

    def summary(self) -> dict[str, dict[str, int]]:
        """Tracks by class that more than one scan shows: how many, and how many of them move."""
        sure = [track for track in self.tracks() if track.confirmed]
        return {
            name: {
                "tracks": sum(CLASSES[one.class_id] == name for one in sure),
                "moving": sum(CLASSES[one.class_id] == name and one.moving is True for one in sure),
            }
            for name in CLASSES[1:]
        }

    def _begin(self, frame: Frame) -> None:
        """Part the tracks of a recording from those of the next."""
        if (recording := self._source.recording(frame)) != self._recording:
            self._tracker.begin(recording)
            self._recording, self._time = recording, None

    def _step(self, frame: Frame, time: float, sightings: Sequence[Sighting]) -> tuple[int, ...]:
        pose = self._source.pose(frame)
        if pose is None:
            self._source.warn_once(
                "no poses", "no file tells how the sensor moves: speeds are relative to it, and what moves isn't told"
            )
        self._time = time
        return self._tracker.step(frame.number, time, pose, sightings)

    def _time_of(self, scan: Scan) -> float:
        """The scan's time; one that isn't after the scan before is a turn later."""
        if self._time is None:
            return 0.0 if scan.stamp is None else scan.stamp
        usual = self._time + TURN
        return usual if scan.stamp is None or scan.stamp <= self._time else scan.stamp
