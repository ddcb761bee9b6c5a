"""The base of sources: recorded scans, frame by frame, some with ground truth."""

from __future__ import annotations

import copy
import hashlib
import logging
import operator
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Self, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box, number_points
from data.formats import PointLabels
from data.label_map import LabelMap
from data.labels import ClassMap
from data.plausibility import mend
from data.scan import Scan
from data.sources.unknown_labels import list_labels
from projection import Sensor, estimate_cut
from projection.errors import InputError
from projection.presets import PRESETS

_log = logging.getLogger(__name__)

UNKNOWN = "unknown labels"
"""What `Source.warn_of_unknown` warns of."""

PROBED_FRAMES = 20
"""Scans that are tried at most to learn a source's cut and the unit of its intensities."""
MENDED_BY = 3
"""Scans, the first readable ones, that tell the sensor's height and columns."""

LONGEST_NAME = 200
"""Bytes of a frame's name; file systems take 255 with all that is added, as in NAME_range.png."""


@dataclass(frozen=True)
class Frame:
    """One frame of a source: its number in the recording, a name unique in the source, its file.

    The name is that of the files that are written for it, see `short_name`.
    """

    number: int
    name: str
    path: Path


def short_name(name: str) -> str:
    """A frame's name that leaves room for suffixes in a file's name: a long one ends in its hash instead."""
    raw = os.fsencode(name)
    if len(raw) <= LONGEST_NAME:
        return name
    return f"{raw[: LONGEST_NAME - 13].decode(errors='ignore')}-{hashlib.sha256(raw).hexdigest()[:12]}"


class Source(ABC):
    """Scans on disk, read one at a time and never kept.

    A subclass gives path, name and frames, in the order of their numbers, to the constructor and reads one
    of them in `scan`. Raises InputError for what cannot be read; `scan` may fail for one frame and work for
    the next.

    name: for people, such as '2011_09_26_drive_0048'.
    path: what it was opened from.
    frames: those to go through; `whole` has all, also where a selection left some out.
    warned: what `warn_once` has warned of.
    base_sensor: the sensor, its cut not yet estimated.
    given: names of the sensor's settings that the user has set, and that its scans don't change.
    labels_around: True if the ground truth covers the full turn; KITTI's covers the camera image only.
    simulated: True if `squeezeseg simulate` made it.
    """

    labels_around: bool = False
    simulated: bool = False
    base_sensor: Sensor = PRESETS["hdl64"]

    def __init__(self, path: Path, name: str, frames: Sequence[Frame], sensor: Sensor | None = None) -> None:
        self.path = path
        self.name = name
        self.frames = self.whole = tuple(frames)
        self.warned: dict[str, object] = {}
        self.given: frozenset[str] = frozenset()
        if sensor is not None:
            self.base_sensor = sensor
            # A preset knows the model, but neither how fast it turns nor where it is mounted.
            self.given = frozenset() if sensor in PRESETS.values() else frozenset({"height", "columns"})

    @abstractmethod
    def scan(self, frame: Frame) -> Scan:
        """Read one frame."""

    def pose(self, frame: Frame) -> NDArray[np.float64] | None:
        """(4, 4) float64: a world that stands still, z up, in metres <- the sensor's frame; None if not known."""
        return None

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The objects of one frame, or None where the recording has none to give."""
        return None

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """(N,) uint8 class id per point of `scan`, IGNORE where it must not be scored; None without labels."""
        return None

    def objects(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.int32] | None:
        """(N,) int32: the object of each point of `scan`, numbered from 1 in this frame, 0 for none.

        An object is a point's only where `truth` gives it an object's class. None where the labels
        don't separate objects.
        """
        boxes = self.boxes(frame)
        return None if boxes is None else number_points(scan.points, boxes, class_map)

    def saved_labels(self, frame: Frame) -> PointLabels | None:
        """The labels that an earlier run saved with the frame's points; None where there are none."""
        return None

    def recording(self, frame: Frame) -> str:
        """The drive or sequence of a frame. Frames of one recording show the same places and objects."""
        return self.name

    def unknown_labels(self, frame: Frame, scan: Scan, class_map: ClassMap) -> Mapping[str, int]:
        """Labels of the frame that the class map doesn't know, with the number of their boxes or points.

        `truth` is IGNORE there, and warns of the first frame that has some.
        """
        return Counter(box.kind for box in self.boxes(frame) or () if not class_map.knows(box.kind))

    def warn_of_unknown(self, where: object, unknown: Mapping[str, int], noun: str = "box") -> None:
        """Warn of labels that aren't known. where: they are."""
        if unknown:
            self.warn_once(UNKNOWN, f"{where}: {list_labels(unknown, noun)}")

    def warn_once(self, what: str, message: str) -> None:
        """Warn, unless that was done for this source, or a part of it, about the same."""
        mine = object()
        if self.warned.setdefault(what, mine) is mine:  # whole, whichever lane comes first
            _log.warning("%s", message)

    @property
    def labelled(self) -> bool:
        """True if any frame has ground truth."""
        return False

    def aliases(self, frame: Frame) -> tuple[str, ...]:
        """The names by which a list of frames may call this one."""
        return (frame.name, str(frame.number))

    def use_labels(self, label_map: LabelMap) -> None:
        """Take a recording's label numbers for what the map says. Raises InputError if it has no numbers."""
        raise InputError(f"{self.path}: has no labels that are numbers, as SemanticKITTI's; leave out --labels")

    def mount(self, height: float) -> None:
        """Set the sensor's height above the ground, in metres."""
        self.base_sensor = replace(self.base_sensor, height=height)
        self.given |= {"height"}

    @property
    def sensor(self) -> Sensor:
        """The sensor; its cut estimated on the first readable scan, its height and columns mended if scans show others.

        What is mended is logged, once.
        """
        return self._mended

    @cached_property
    def assumed_sensor(self) -> Sensor:
        """The sensor as the layout or the user has it; where it has no cut and the scans no ring, that is estimated."""
        scan = next(self._probed(), None)
        if scan is None or self.base_sensor.cut is not None or scan.ring is not None:
            return self.base_sensor
        return replace(self.base_sensor, cut=estimate_cut(scan.points))

    @cached_property
    def _mended(self) -> Sensor:
        sensor, changes = mend(self.assumed_sensor, list(islice(self._probed(), MENDED_BY)), self.given)
        for change in changes:
            _log.warning("%s: %s", self.path, change)
        return sensor

    def _probed(self) -> Iterator[Scan]:
        """The readable ones of the first scans."""
        for frame in self.whole[:PROBED_FRAMES]:
            try:
                scan = self.scan(frame)
            except InputError:
                continue
            if len(scan):
                yield scan

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {len(self)} {'frame' if len(self) == 1 else 'frames'})"

    @overload
    def __getitem__(self, position: SupportsIndex) -> Scan: ...

    @overload
    def __getitem__(self, position: slice) -> Self: ...

    def __getitem__(self, position: SupportsIndex | slice) -> Scan | Self:
        """The scan at a position, as in a list; or the same source with the frames of a slice.

        Raises:
            InputError: the scan can't be read.
            IndexError: there is none at that position.

        Example:
            >>> source[-1]
            Scan('0000000021', 119,339 points)
        """
        if isinstance(position, slice):
            return self.with_frames(self.frames[position])
        index = operator.index(position)
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.name}: no scan at {index}, there are {len(self)}; frames go by position, from 0")
        return self.scan(self.frames[index])

    def __iter__(self) -> Iterator[Scan]:
        return (self.scan(frame) for frame in self.frames)

    def with_frames(self, frames: Sequence[Frame]) -> Self:
        """The same source with only these frames. Sensor and calibration stay those of the whole."""
        part = copy.copy(self)
        part.frames = tuple(frames)
        return part
