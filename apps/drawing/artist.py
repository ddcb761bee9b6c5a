"""Pictures of a source's frames, as its segmenter labels them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps import console
from apps.drawing.colouring import ColourMode, colour_points
from apps.drawing.outlines import outlines_of
from apps.drawing.painter import Painter
from data.atomic import atomic_write
from data.labels import CLASSES, ClassMap
from data.sources import Frame, Source
from squeezeseg import Segmentation, Segmenter


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
        self._segmenter = segmenter
        self._painter = painter
        self._colour = colour
        self._class_map = class_map
        self._boxes = boxes

    def draw(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8. Raises InputError for a frame that can't be read, or has no ground truth."""
        source = self.source
        scan = source.scan(frame)
        result = self._segmenter(scan)
        truth = source.truth(frame, scan, self._class_map) if self._colour == "error" else None
        return self._painter.draw(
            scan.points,
            colour_points(self._colour, scan, result.labelled, source.base_sensor.height, truth),
            f"{source.recording(frame)}  ·  frame {frame.number}",
            f"{self._segmenter.card.model}{summary(result)}",
            outlines_of(source, frame, result) if self._boxes else (),
        )


def summary(result: Segmentation) -> str:
    """': 8 cars, 1 cyclist', or nothing."""
    labels = result.labels
    names = ", ".join(
        console.count(number, CLASSES[k])
        for k in range(1, len(CLASSES))
        if (number := len(set(result.instances[(labels == k) & (result.instances > 0)].tolist())))
    )
    return f": {names}" if names else ""


def save_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 in the format that the suffix names, atomically."""
    kind = {".jpg": "JPEG"}.get(path.suffix.lower(), path.suffix[1:].upper())
    with atomic_write(path) as file:
        Image.fromarray(picture).save(file, kind, quality=90)
