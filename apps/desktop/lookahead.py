"""Frames that are labelled in the background, a few ahead of the one that is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from apps.drawing.outlines import Outlines, outlines_of
from data.labels import ClassMap
from data.scan import Scan
from data.sources import Frame, Source
from projection import InputError
from squeezeseg import Segmentation

AHEAD, BEHIND = 8, 4
"""Frames that are labelled before they are asked for, and kept after. Each takes about 7 MB."""


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """A frame, its scan and what is known of it. truth: (N,) class ids, None where there are none."""

    frame: Frame
    scan: Scan
    result: Segmentation
    truth: NDArray[np.uint8] | None
    outlines: list[Outlines]


class Lookahead:
    """Labels a source's frames on a thread of its own: the one that was asked for last, then those after it.

    The thread ends with the block; the segmenter belongs to it until then. class_map: of the ground truth.

    Example:
        with Lookahead(source, segmenter, CLASS_MAPS["default"]) as frames:
            frames.get(0)  # None until it is there
    """

    def __init__(self, source: Source, segmenter: Callable[[Scan], Segmentation], class_map: ClassMap) -> None:
        self._source = source
        self._segmenter = segmenter
        self._class_map = class_map
        self._wanted = 0
        self._kept: dict[int, LabelledFrame | Exception] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="lookahead", daemon=True)

    def get(self, position: int) -> LabelledFrame | None:
        """The frame at this position if it is there, else None; from now on it comes first.

        Raises:
            InputError: the frame can't be read.
        """
        with self._changed:
            if position != self._wanted:
                self._wanted = position
                self._changed.notify_all()
            found = self._kept.get(position)
        if isinstance(found, Exception):
            raise found
        return found

    def wait(self, position: int, timeout: float) -> LabelledFrame | None:
        """The same, but after waiting for it, `timeout` seconds at most."""
        self.get(position)
        with self._changed:
            self._changed.wait_for(lambda: position in self._kept, timeout)
        return self.get(position)

    def _near(self) -> Iterator[int]:
        """Positions by how soon they are needed. Those behind are kept, not made."""
        count = len(self._source)
        return ((self._wanted + k) % count for k in range(min(AHEAD + 1, count)))

    def _next(self) -> int | None:
        """The position to label next, after forgetting those out of reach; None to stop. Waits while there is none."""
        with self._changed:
            while not self._stopped:
                count = len(self._source)
                reach = {(self._wanted + k) % count for k in range(-BEHIND, AHEAD + 1)}
                self._kept = {position: kept for position, kept in self._kept.items() if position in reach}
                missing = (position for position in self._near() if position not in self._kept)
                if (position := next(missing, None)) is not None:
                    return position
                self._changed.wait()
        return None

    def _run(self) -> None:
        while (position := self._next()) is not None:
            try:
                made: LabelledFrame | Exception = self._label(self._source.frames[position])
            except Exception as error:
                made = error
            with self._changed:
                self._kept[position] = made
                self._changed.notify_all()

    def _label(self, frame: Frame) -> LabelledFrame:
        source = self._source
        try:
            scan = source.scan(frame)
            result = self._segmenter(scan)
            truth = source.truth(frame, scan, self._class_map)
            return LabelledFrame(frame, scan, result, truth, outlines_of(source, frame, result))
        except InputError as error:
            raise InputError(str(error) if str(frame.path) in str(error) else f"{frame.path}: {error}") from None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()
