"""What every source of recorded scans is: frames with names, each a scan, some with ground truth."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import ClassMap
from data.scan import Scan
from projection import Sensor, estimate_cut
from projection.errors import InputError
from projection.sensors import PRESETS


@dataclass(frozen=True)
class Frame:
    """One frame of a source: its number in the recording, a name unique in the source, its file."""

    number: int
    name: str
    path: Path


class Source(ABC):
    """Scans on disk, read one at a time and never kept.

    A subclass fills `frames`, in the order of their numbers, in its constructor and reads one of them in
    `scan`. Raises InputError for what cannot be read; `scan` may fail for one frame and work for the next.

    name: for people, such as '2011_09_26_drive_0048'.
    path: what it was opened from.
    labels_around: whether the ground truth covers the full turn; KITTI's covers the camera image only.
    """

    name: str
    path: Path
    frames: Sequence[Frame]
    labels_around: bool = False
    base_sensor: Sensor = PRESETS["hdl64"]

    @abstractmethod
    def scan(self, frame: Frame) -> Scan:
        """Read one frame."""

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The objects of one frame, or None where the recording has none to give."""
        return None

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """(N,) uint8 class id per point of `scan`, IGNORE where it must not be scored; None without labels."""
        return None

    @property
    def labelled(self) -> bool:
        """Whether any frame has ground truth."""
        return False

    @cached_property
    def sensor(self) -> Sensor:
        """The sensor, its cut estimated on the first readable scan."""
        for frame in self.frames[:20]:
            try:
                scan = self.scan(frame)
            except InputError:
                continue
            if len(scan):
                return replace(self.base_sensor, cut=estimate_cut(scan.points))
        return self.base_sensor

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Scan]:
        return (self.scan(frame) for frame in self.frames)

    def with_frames(self, frames: Sequence[Frame]) -> Self:
        """The same source with only these frames. Sensor and calibration stay those of the whole."""
        part = copy.copy(self)
        part.frames = tuple(frames)
        return part
