"""A picture that points and lines are drawn into, seen from one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.drawing.perspective.kernels import darken_edges, draw_lines, shrink, splat
from apps.drawing.perspective.viewpoint import NEAR, Viewpoint

FINE = 2
"""Pixels drawn, along each side, for one of the picture: their mean has smooth edges."""
_SMALLEST_RADIUS, _LARGEST_RADIUS = 0.45, 4.0
"""Of a point, in the picture's pixels."""
_EDGE_STRENGTH = 0.9


class Canvas:
    """A picture of one size, cleared and drawn again for each frame; its buffers are kept.

    size: width and height in pixels. viewpoint: where it is seen from. paper: its colour, (3,) uint8.

    Example:
        canvas.clear()
        canvas.points(scan.points, colours, radii)
        image = canvas.image()
    """

    def __init__(self, size: tuple[int, int], viewpoint: Viewpoint, paper: tuple[int, int, int]) -> None:
        width, height = size
        self.size = size
        self.viewpoint = viewpoint
        self._paper = np.full((FINE * width, 3), paper, np.uint8)
        self._colour = np.empty((FINE * height, FINE * width, 3), np.uint8)
        self._nearness = np.empty((FINE * height, FINE * width), np.float32)
        self._rotation = viewpoint.rotation.astype(np.float32)
        self._eye = viewpoint.eye.astype(np.float32)
        self._focal = FINE * viewpoint.focal(height)

    def clear(self) -> None:
        """An empty picture."""
        self._colour[:] = self._paper
        self._nearness.fill(0)

    def points(self, points: NDArray[np.float32], colours: NDArray[np.uint8], radii: NDArray[np.float32]) -> None:
        """Draw points (N, 3 or more) in metres, with colours (N, 3) and radii (N,) in metres. NaN are left out."""
        limits = NEAR, FINE * _SMALLEST_RADIUS, FINE * _LARGEST_RADIUS
        splat(points, colours, radii, self._rotation, self._eye, self._focal, limits, self._colour, self._nearness)

    def darken_edges(self) -> None:
        """Let depth be seen, in all points drawn so far."""
        darken_edges(self._nearness, FINE, _EDGE_STRENGTH, self._colour)

    def lines(
        self,
        segments: NDArray[np.float32],
        colours: NDArray[np.uint8],
        width: float = 1.0,
        opacity: float = 1.0,
        hidden: float = 0.0,
    ) -> None:
        """Draw lines (M, 6), from x, y, z to x, y, z in metres, with colours (M, 3), over what is there.

        width: in pixels. opacity, hidden: 0..1, where the line is seen and where points are before it.
        """
        style = max(round(FINE * width), 1), opacity, hidden
        draw_lines(segments, colours, self._rotation, self._eye, self._focal, NEAR, style, self._nearness, self._colour)

    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, a new array."""
        width, height = self.size
        out = np.empty((height, width, 3), np.uint8)
        shrink(self._colour, out)
        return out
