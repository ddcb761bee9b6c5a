"""Collections: several recordings as one source, such as the drives of a date or the sequences of SemanticKITTI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.label_map import LabelMap
from data.labels import ClassMap
from data.scan import Scan
from data.sources.base import Frame, Source, short_name


class Collection(Source):
    """The frames of several sources, source after source, called by their source's name and their own.

    For drives that is date_drive_frame, as in SqueezeSeg's lists. Numbers are those within each source.
    The sensor is the first one's: what is opened together was recorded with the same.

    members: sources by the name that precedes their frames'.
    """

    def __init__(self, path: Path, members: Mapping[str, Source]) -> None:
        self.members = dict(members)
        self._inner = {
            short_name(f"{prefix}_{frame.name}"): (source, frame)
            for prefix, source in members.items()
            for frame in source.frames
        }
        frames = [Frame(frame.number, name, frame.path) for name, (_, frame) in self._inner.items()]
        first = next(iter(members.values()))
        super().__init__(path, path.name, frames, first.base_sensor)
        for member in members.values():
            member.warned = self.warned
        self.given = first.given
        self.labels_around = all(source.labels_around for source in members.values())
        self.simulated = all(source.simulated for source in members.values())

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Raises InputError if it can't be read."""
        source, inner = self._inner[frame.name]
        return replace(source.scan(inner), name=frame.name)

    def pose(self, frame: Frame) -> NDArray[np.float64] | None:
        """The frame's pose in its own recording's world, None where that isn't known."""
        source, inner = self._inner[frame.name]
        return source.pose(inner)

    def boxes(self, frame: Frame) -> tuple[Box, ...] | None:
        """The frame's boxes, None where its recording has none to give."""
        source, inner = self._inner[frame.name]
        return source.boxes(inner)

    def truth(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.uint8] | None:
        """The frame's labels, None where its recording has none."""
        source, inner = self._inner[frame.name]
        return source.truth(inner, scan, class_map)

    def objects(self, frame: Frame, scan: Scan, class_map: ClassMap) -> NDArray[np.int32] | None:
        """The objects of the frame's points, None where its labels don't separate them."""
        source, inner = self._inner[frame.name]
        return source.objects(inner, scan, class_map)

    def unknown_labels(self, frame: Frame, scan: Scan, class_map: ClassMap) -> Mapping[str, int]:
        """Labels of the frame that the class map doesn't know."""
        source, inner = self._inner[frame.name]
        return source.unknown_labels(inner, scan, class_map)

    def use_labels(self, label_map: LabelMap) -> None:
        """Take the numbers of all recordings for what the map says. Raises InputError if one has none."""
        for member in self.members.values():
            member.use_labels(label_map)

    def recording(self, frame: Frame) -> str:
        """The name of the frame's own source."""
        source, inner = self._inner[frame.name]
        return source.recording(inner)

    @property
    def labelled(self) -> bool:
        """True if any of the recordings has ground truth."""
        return any(source.labelled for source in {self._inner[frame.name][0] for frame in self.frames})

    def aliases(self, frame: Frame) -> tuple[str, ...]:
        """The frame's name here, and its names in its own source."""
        source, inner = self._inner[frame.name]
        return (frame.name, *source.aliases(inner))
