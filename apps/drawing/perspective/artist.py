"""Pictures of a source's frames with their labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps import console
from apps.drawing.colouring import ColourMode, colour_points
from apps.drawing.outlines import Outlines, outlines_of
from apps.drawing.perspective.painter import Painter
from apps.drawing.track_marks import track_marks
from apps.following import Follow
from data.atomic import atomic_write
from data.labels import CLASSES, OBJECT_CLASSES, ClassMap
from data.scan import Scan
from data.sources import Frame, Source
from squeezeseg import ResultBuffers, Segmentation, Segmenter
from squeezeseg.objects.boxes import Detection, detect
from squeezeseg.tracking.followed import Followed

Prepared = tuple[Frame, Scan, Segmentation, NDArray[np.uint8] | None, Sequence[Detection], Sequence[Outlines]]
"""A frame, its scan and labels, its ground truth for errors, the objects found, and the boxes to draw."""

Labels = Callable[[Segmenter | None, Frame, Scan, ResultBuffers | None], Segmentation]


def segment(segmenter: Segmenter | None, _: Frame, scan: Scan, buffers: ResultBuffers | None) -> Segmentation:
    """Labels that a segmenter makes, see `Labels`."""
    assert segmenter is not None
    return segmenter(scan, buffers=buffers)


class Artist:
    """Draws the frames of a source with their labels.

    labels: those of a frame's scan, made by a segmenter, or saved. by: who made them, for people. class_map: of the
    ground truth, for errors. boxes: whether the objects have boxes. follow: gives the tracks, where they are drawn;
    their boxes are drawn instead of the objects' own.
    """

    def __init__(
        self,
        source: Source,
        labels: Labels,
        by: str,
        painter: Painter,
        colour: ColourMode,
        class_map: ClassMap,
        *,
        boxes: bool,
        follow: Follow | None = None,
    ) -> None:
        self.source = source
        self._labels = labels
        self._by = by
        self._painter = painter
        self._colour = colour
        self._class_map = class_map
        self._boxes = boxes
        self._follow = follow

    def prepare(self, segmenter: Segmenter | None, frame: Frame, buffers: ResultBuffers | None = None) -> Prepared:
        """All that a frame's picture shows. Several threads may do so at once, each with a segmenter of its own.

        Raises InputError for a frame that can't be read, or has no labels, or no ground truth where errors are drawn.
        """
        source = self.source
        scan = source.scan(frame)
        result = self._labels(segmenter, frame, scan, buffers)
        found = detect(result)
        truth = source.truth(frame, scan, self._class_map) if self._colour == "error" else None
        boxes = found if self._follow is None else ()
        return frame, scan, result, truth, found, outlines_of(source, frame, boxes) if self._boxes else ()

    def follow(self, prepared: Prepared) -> Sequence[Followed]:
        """The tracks that a frame shows; none where they aren't drawn. In the order of the frames."""
        frame, scan, result, _, found, _ = prepared
        return () if self._follow is None else self._follow(frame, scan, result, found)

    def paint(self, prepared: Prepared) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8, in memory that the next one uses again. In the order of the frames."""
        frame, scan, result, truth, found, outlines = prepared
        followed = self.follow(prepared)
        return self._painter.draw(
            scan.points,
            colour_points(self._colour, scan, result, self.source.base_sensor.height, truth),
            f"{self.source.recording(frame)}  ·  frame {frame.number}",
            f"{self._by}{summary(found)}",
            outlines,
            track_marks(followed),
        )


def summary(found: Sequence[Detection]) -> str:
    """': 8 cars, 1 cyclist', or nothing."""
    count = {CLASSES[k]: sum(one.class_id == k for one in found) for k in OBJECT_CLASSES}
    names = ", ".join(console.count(number, name) for name, number in count.items() if number)
    return f": {names}" if names else ""


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 in the format that the suffix names, atomically."""
    kind = {".jpg": "JPEG"}.get(path.suffix.lower(), path.suffix[1:].upper())
    with atomic_write(path) as file:
        Image.fromarray(picture).save(file, kind, quality=90)
