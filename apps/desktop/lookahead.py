"""Frames for the window, segmented in the background, a few ahead of the one that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apps.drawing.outlines import Outlines, outlines_of
from data.labels import ClassMap
from data.scan import Scan
from data.segmentation import Segmentation
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.objects.boxes import detect
from squeezeseg.running.prefetch import Prefetcher

FRAMES_AHEAD, FRAMES_BEHIND = 8, 4
"""Frames that are segmented before they are asked for, and kept after. Each takes about 7 MB."""


@dataclass(frozen=True, eq=False)
class SegmentedFrame:
    """A frame, its scan and its labels. truth: (N,) class ids, None where there are none."""

    frame: Frame
    scan: Scan
    result: Segmentation
    truth: NDArray[np.uint8] | None
    outlines: list[Outlines]


class Lookahead:
    """Segments a source's frames on a thread of its own: the one that was asked for last, then those after it.

    The thread ends with the block; the segmenter belongs to it until then. class_map: of the ground truth.

    Example:
        with Lookahead(source, segmenter, CLASS_MAPS["default"]) as frames:
            frames.get(0)  # None until it is there
    """

    def __init__(self, source: Source, segmenter: Callable[[Scan], Segmentation], class_map: ClassMap) -> None:
        self._source = source
        self._segmenter = segmenter
        self._class_map = class_map
        self._shelf = _Near(len(source))

    def get(self, position: int) -> SegmentedFrame | None:
        """The frame at this position if it is there, else None; from now on it comes first.

        Raises:
            InputError: the frame can't be read.
        """
        with self._frames.lock:
            moved, self._shelf.shown = position != self._shelf.shown, position
            found = self._shelf.kept.get(position)
        if moved:
            self._frames.request(self, position)
        if isinstance(found, Exception):
            raise found
        return found

    def wait(self, position: int, timeout: float) -> SegmentedFrame | None:
        """The same, but after waiting for it, `timeout` seconds at most."""
        if (found := self.get(position)) is not None:
            return found
        try:
            return self._frames.request(self, position).result(timeout)
        except TimeoutError:
            return None

    def _make(self, position: int) -> SegmentedFrame:
        source, frame = self._source, self._source.frames[position]
        try:
            scan = source.scan(frame)
            result = self._segmenter(scan)
            truth = source.truth(frame, scan, self._class_map)
            return SegmentedFrame(frame, scan, result, truth, outlines_of(source, frame, detect(result)))
        except InputError as error:
            raise InputError(str(error) if str(frame.path) in str(error) else f"{frame.path}: {error}") from None

    def __enter__(self) -> Self:
        self._frames = Prefetcher(
            len(self._source), self._make, self._shelf, ahead=FRAMES_AHEAD, wrap=True, name="lookahead"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.close()


class _Near:
    """Keeps the frames within reach of the one that is shown, and the errors of those that can't be read."""

    def __init__(self, count: int) -> None:
        self.kept: dict[int, SegmentedFrame | Exception] = {}
        self.shown = -1
        self._count = count

    def find(self, position: int) -> SegmentedFrame | None:
        """See `Shelf`."""
        found = self.kept.get(position)
        return None if isinstance(found, Exception) else found

    def wanted_ahead(self, position: int) -> bool:
        """See `Shelf`."""
        return position not in self.kept

    def unfilled(self, position: int) -> bool:
        """See `Shelf`."""
        return position not in self.kept

    def put(self, position: int, made: SegmentedFrame | Exception, *, asked: bool) -> None:
        """See `Shelf`."""
        self.kept[position] = made
        reach = {(self.shown + k) % self._count for k in range(-FRAMES_BEHIND, FRAMES_AHEAD + 1)}
        self.kept = {p: kept for p, kept in self.kept.items() if p in reach}
