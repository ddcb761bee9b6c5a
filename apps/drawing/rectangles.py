"""Pictures with rectangles around what was found in them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from data.atomic import atomic_write
from data.kitti.object_labels import ObjectLabel
from data.labels import CLASS_TABLE
from squeezeseg.plotting.palette import OTHER_KIND

COLOURS: Mapping[str, tuple[int, int, int]] = {one.name: one.colour for one in CLASS_TABLE}
"""By class, in lower case."""


def draw_rectangles(path: Path, pixels: NDArray[np.uint8], labels: Sequence[ObjectLabel]) -> None:
    """Write a picture (H, W, 3) as PNG with its labels, the best on top. Raises InputError if it can't be written."""
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    for label in sorted(labels, key=lambda one: one.score or 0.0):
        colour = COLOURS.get(label.kind.lower(), OTHER_KIND)
        pen.rectangle(label.rectangle, outline=colour, width=2)
        if label.score is not None:
            place = label.rectangle[0] + 2, max(label.rectangle[1] - 12, 0)
            pen.text(place, f"{label.kind} {label.score:.0%}", fill=colour)
    content = io.BytesIO()
    image.save(content, "png")
    with atomic_write(path) as file:
        file.write(content.getvalue())
