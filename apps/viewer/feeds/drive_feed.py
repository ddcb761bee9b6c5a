"""A recorded drive: any frame at any time, segmented when it is looked at, and meanwhile one after the other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from apps.viewer.feeds.boxes import track_lives
from apps.viewer.feeds.cache import FrameCache
from apps.viewer.feeds.drive_frame import EncodedFrame, Summary, make_frame
from apps.viewer.feeds.feed import Feed, Sent, class_table
from data.labels import CLASSES, ClassMap
from projection import InputError
from squeezeseg.running.prefetch import Prefetcher

if TYPE_CHECKING:
    from apps.saved_tracks import SavedTracks
    from apps.viewer.feeds.predictors import Predict
    from data.sources import Frame, Source

CACHE_BYTES = 256 << 20
"""Encoded frames that are kept: about 200 of an HDL-64E's."""
FRAMES_AHEAD = 6
"""Frames that are made before they are asked for, in the direction of the last two requests."""
DEFAULT_HZ = 10.0
"""Turns a second of the sensor, where the recording has no clock."""


class DriveFeed(Feed):
    """The frames of a source. One thread reads, segments and encodes them, those first that are being waited for.

    source: of the frames. predict: gives a frame its labels. class_map: what the ground truth counts as what.
    about: how the labels are made, name by value, for people to read. fill: whether frames that nobody has asked for
    are segmented too while somebody watches, for the timeline. compare_with: gives a frame the labels of another run.
    runs: what people call the two. tracks: all of them, where `predict` gives those of each frame.
    """

    def __init__(
        self,
        source: Source,
        predict: Predict,
        class_map: ClassMap,
        about: dict[str, str] | None = None,
        *,
        fill: bool = True,
        compare_with: Predict | None = None,
        runs: tuple[str, str] = ("", ""),
        tracks: SavedTracks | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.source = source
        self.frames = source.frames
        self.cache = FrameCache(cache_bytes)
        self.summaries: dict[int, Summary] = {}
        self.about = dict(about or {})
        self.confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
        self._predict = predict
        self._compare_with = compare_with
        self._runs = runs
        self._tracks = tracks
        self._class_map = class_map
        self._log: list[int] = []
        self._loading = True  # the first frame's time is not that of the others
        self._making = Prefetcher(len(self.frames), self._make, self, ahead=FRAMES_AHEAD, fill=fill, name="viewer-lane")

    def describe(self) -> dict[str, Any]:
        """See `Feed`."""
        return {
            "kind": "drive",
            "source": self.source.name,
            "frames": [frame.name for frame in self.frames],
            "hz": _rate(self.source, self.frames),
            "labelled": self.source.labelled,
            "tracked": self._tracks is not None,
            "tracks": [] if self._tracks is None else track_lives(self._tracks, self.frames),
            "about": self.about,
            "runs": [] if self._compare_with is None else list(self._runs),
            **class_table(),
        }

    def request(self, who: Hashable, position: int, direction: int = 1) -> Future[Sent]:
        """See `Feed`."""
        if not 0 <= position < len(self.frames):
            wanted: Future[Sent] = Future()
            wanted.set_exception(InputError(f"frame {position}: the drive has 0 to {len(self.frames) - 1}"))
            return wanted
        return self._making.request(who, position, direction)

    def news(self, since: int) -> tuple[int, dict[str, Any] | None]:
        """See `Feed`."""
        with self._making.lock:
            changed = list(dict.fromkeys(self._log[since:]))
            if not changed:
                return since, None
            return len(self._log), {"summaries": [self.summaries[position].as_list() for position in changed]}

    def leave(self, who: Hashable) -> None:
        """See `Feed`."""
        self._making.leave(who)

    def close(self) -> None:
        """See `Feed`."""
        self._making.close()

    def use(self, predict: Predict, about: dict[str, str]) -> None:
        """Label all frames anew, in another way."""
        with self._making.lock:
            self._predict, self.about = predict, dict(about)
            self.generation += 1
            self.cache.clear()
            self.summaries.clear()
            self._log.clear()
            self.confusion[:] = 0
            self._loading = True
            self._making.restart()

    def find(self, position: int) -> Sent | None:
        """See `Shelf`."""
        data = self.cache.get(position)
        return None if data is None else Sent(data, position)

    def wanted_ahead(self, position: int) -> bool:
        """See `Shelf`."""
        summary = self.summaries.get(position)
        return position not in self.cache and (summary is None or not summary.problem)

    def unfilled(self, position: int) -> bool:
        """See `Shelf`."""
        return position not in self.summaries

    def put(self, position: int, made: Sent | Exception, *, asked: bool) -> None:
        """See `Shelf`."""
        if isinstance(made, EncodedFrame):
            (self.cache.put if asked else self.cache.offer)(position, made.data)
            self._note(made.summary, made.matrix)
        else:
            self._note(Summary(position, problem=str(made)), None)

    def _note(self, summary: Summary, matrix: NDArray[np.int64] | None) -> None:
        if matrix is not None and summary.position not in self.summaries:
            self.confusion += matrix
        if self.summaries.get(summary.position) is None:
            self._log.append(summary.position)
            self.summaries[summary.position] = summary

    def _make(self, position: int) -> Sent:
        """A frame on its way, and what the timeline keeps of it. Raises InputError, whatever is wrong with it."""
        frame = self.frames[position]
        with self._making.lock:
            predict, first = self._predict, self._loading
        try:
            made = make_frame(
                self.source, position, predict, self._class_map, first=first, compare_with=self._compare_with
            )
        except InputError:
            raise
        except Exception as error:  # whatever it is, the page must say so
            raise InputError(f"{frame.path}: {type(error).__name__}: {error}") from error
        self._loading = False
        return made


def _rate(source: Source, frames: Sequence[Frame]) -> float:
    """Frames a second in the recording: the selected frames may be far apart, and are played at the sensor's pace."""
    stamps = getattr(source, "stamps", ())
    known = [stamps[frame.number] for frame in frames[:50] if frame.number < len(stamps)]
    steps = [b - a for a, b in pairwise(known) if a is not None and b is not None and b > a]
    return float(np.clip(1 / np.median(steps), 1, 100)) if steps else DEFAULT_HZ
