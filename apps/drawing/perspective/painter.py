"""A labelled scan as a picture in perspective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apps.drawing.colouring import Coloured
from apps.drawing.outlines import Outlines
from apps.drawing.perspective.canvas import Canvas
from apps.drawing.perspective.lettering import Lettering
from apps.drawing.perspective.scenery import ring_labels, rings, wireframe
from apps.drawing.perspective.viewpoint import Viewpoint
from apps.drawing.track_marks import Tag, TrackMarks
from data.boxes import recording_car
from squeezeseg.plotting.palette import FAINT, PAPER, RECORDING_CAR_COLOUR

_RADIUS, _MARKED_RADIUS = 0.03, 0.045
"""Metres, of a point, and of one that stands out."""
_MOST_MARKS = 30
"""Marks of rings that fit one above the other."""
_TRAIL_WIDTH = 2.5
"""Pixels."""
_OUTSIDE = 5.0
"""Metres between eye and sensor from which on the recording car is drawn: nobody sees it from inside."""


class Painter:
    """Draws scans of one sensor as pictures of one size from one viewpoint.

    size: width and height in pixels. sensor_height: above the ground, metres.
    """

    def __init__(self, size: tuple[int, int], viewpoint: Viewpoint, sensor_height: float) -> None:
        self._viewpoint = viewpoint
        self._canvas = Canvas(size, viewpoint, PAPER)
        self._lettering = Lettering(size)
        self._rings = rings(-sensor_height)
        width, height = size
        words, places = ring_labels(-sensor_height)
        self._marks: list[tuple[str, float, float]] = []
        for text, (column, row) in zip(words, viewpoint.pixels(places, size).tolist(), strict=True):
            free = not self._marks or abs(row - self._marks[-1][2]) > height / _MOST_MARKS
            if 0 <= column < width and 0 <= row < height and free:
                self._marks.append((text, column, row))
        shown = np.linalg.norm(viewpoint.eye) > _OUTSIDE
        self._recording_car = Outlines([recording_car(sensor_height)] if shown else [], RECORDING_CAR_COLOUR)

    def draw(
        self,
        points: NDArray[np.float32],
        coloured: Coloured,
        title: str,
        subtitle: str = "",
        outlines: Sequence[Outlines] = (),
        tracks: TrackMarks | None = None,
    ) -> NDArray[np.uint8]:
        """Points (N, 4) in their colours -> a picture (H, W, 3) uint8."""
        canvas = self._canvas
        canvas.clear()
        canvas.lines(self._rings, _all(FAINT, self._rings), opacity=0.8)
        canvas.points(points, coloured.colours, np.where(coloured.marked, _MARKED_RADIUS, _RADIUS).astype(np.float32))
        canvas.darken_edges()
        tracks = tracks or TrackMarks()
        outlines = *outlines, *tracks.outlines
        canvas.lines(tracks.trails, tracks.trail_colours, _TRAIL_WIDTH, opacity=0.9, hidden=0.5)
        for group in (self._recording_car, *outlines):
            lines = wireframe(group.boxes)
            canvas.lines(lines, _all(group.colour, lines), group.width, opacity=0.9, hidden=0.35)
        named = {group.name: group.colour for group in outlines if group.boxes and group.name}
        return self._lettering.write(
            canvas.image(), title, subtitle, coloured, named, self._marks, self._placed(tracks.tags)
        )

    def _placed(self, tags: Sequence[Tag]) -> list[tuple[Tag, float, float]]:
        """Those that are in the picture, with their column and row."""
        places = np.array([tag.place for tag in tags]).reshape(-1, 3)
        pixels = self._viewpoint.pixels(places, self._canvas.size)
        width, height = self._canvas.size
        return [  # NaN is outside
            (tag, column, row)
            for tag, (column, row) in zip(tags, pixels.tolist(), strict=True)
            if 0 < column < width and 0 < row < height
        ]


def _all(colour: tuple[int, int, int], lines: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.full((len(lines), 3), colour, np.uint8)
