"""SqueezeDet's anchors: nine shapes at each cell of a grid, from which boxes are told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHAPES = ((36, 37), (366, 174), (115, 59), (162, 87), (38, 90), (258, 173), (224, 108), (78, 170), (72, 43))
"""Width and height in pixels of images of 1248 x 384: clusters of KITTI's boxes, as published."""


def anchors(
    grid: tuple[int, int], image: tuple[int, int], scale: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.float64]:
    """Anchors (columns * rows * 9, 4): centre x, centre y, width, height in pixels; row after row of cells.

    They divide the image's width into columns + 1 equal parts, as published: so they are not at the cells' centres,
    but up to half a cell farther in.

    grid: columns and rows. image: width and height. scale: of the shapes, along x and y.
    """
    columns, rows = grid
    x = np.arange(1, columns + 1) * image[0] / (columns + 1)
    y = np.arange(1, rows + 1) * image[1] / (rows + 1)
    result = np.empty((rows, columns, len(SHAPES), 4))
    result[..., 0], result[..., 1] = x[None, :, None], y[:, None, None]
    result[..., 2:] = np.array(SHAPES) * scale
    return result.reshape(-1, 4)
