"""Pictures of a source's frames, as its segmenter labels them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps import console
from apps.drawing.colouring import ColourMode, colour_points
from apps.drawing.outlines import Outlines, outlines_of
from apps.drawing.perspective.painter import Painter
from data.atomic import atomic_write
from data.labels import CLASSES, OBJECT_CLASSES, ClassMap
from data.scan import Scan
from data.sources import Frame, Source
from squeezeseg import ResultBuffers, Segmentation, Segmenter

Prepared = tuple[Frame, Scan, Segmentation, NDArray[np.uint8] | None, Sequence[Outlines]]
"""A frame, its scan and labels, its ground truth for errors, and the boxes to draw."""


class Artist:
    """Draws the frames of a source as its segmenter labels them.

    class_map: of the ground truth, for errors. boxes: whether the objects have boxes.
    """

    def __init__(
        self,
        source: Source,
        segmenter: Segmenter,
        painter: Painter,
        colour: ColourMode,
        class_map: ClassMap,
        *,
        boxes: bool,
    ) -> None:
        self.source = source
        self.segmenter = segmenter
        self._painter = painter
        self._colour = colour
        self._class_map = class_map
        self._boxes = boxes

    def draw(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8. Raises InputError for a frame that can't be read, or has no ground truth."""
        return self.paint(self.prepare(self.segmenter, frame))

    def prepare(self, segmenter: Segmenter, frame: Frame, buffers: ResultBuffers | None = None) -> Prepared:
        """All that a frame's picture shows. Several threads may do so at once, each with a segmenter of its own."""
        source = self.source
        scan = source.scan(frame)
        result = segmenter(scan, buffers=buffers)
        truth = source.truth(frame, scan, self._class_map) if self._colour == "error" else None
        return frame, scan, result, truth, outlines_of(source, frame, result) if self._boxes else ()

    def paint(self, prepared: Prepared) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8, in memory that the next one uses again."""
        frame, scan, result, truth, outlines = prepared
        return self._painter.draw(
            scan.points,
            colour_points(self._colour, scan, result, self.source.base_sensor.height, truth),
            f"{self.source.recording(frame)}  ·  frame {frame.number}",
            f"{self.segmenter.card.model}{summary(result)}",
            outlines,
        )


def summary(result: Segmentation) -> str:
    """': 8 cars, 1 cyclist', or nothing."""
    labels, numbers = result.labels, result.instance_numbers
    names = ", ".join(
        console.count(number, CLASSES[k])
        for k in OBJECT_CLASSES
        if (number := len(set(numbers[(labels == k) & (numbers > 0)].tolist())))
    )
    return f": {names}" if names else ""


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 in the format that the suffix names, atomically."""
    kind = {".jpg": "JPEG"}.get(path.suffix.lower(), path.suffix[1:].upper())
    with atomic_write(path) as file:
        Image.fromarray(picture).save(file, kind, quality=90)
