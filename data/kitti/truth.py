"""KITTI's ground truth for points: boxes, where the camera's image shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box, label_points
from data.kitti.camera import Camera, inside_rectangle
from data.labels import BACKGROUND, IGNORE, ClassMap
from projection import returns

Rectangle = tuple[float, float, float, float]


def box_truth(
    points: NDArray[np.float32],
    boxes: Sequence[Box],
    class_map: ClassMap,
    camera: Camera | None,
    dont_care: Sequence[Rectangle] = (),
) -> NDArray[np.uint8]:
    """Label points by the boxes in a camera's image: (N, 4) -> (N,) uint8 class ids, else background.

    IGNORE are points that are no return, that lie outside the camera's image (camera None: the boxes cover
    the full turn), and, where the class map ignores DontCare, those background points that show inside one
    of the `dont_care` rectangles (left, top, right, bottom in pixels).
    """
    labels = label_points(points, boxes, class_map)
    if camera is not None:
        if class_map.class_of("DontCare") == IGNORE and dont_care:
            pixels = camera.pixels(points)
            for rectangle in dont_care:
                labels[inside_rectangle(pixels, rectangle) & (labels == BACKGROUND)] = IGNORE
        labels[~camera.inside(points)] = IGNORE
    labels[~returns(points)] = IGNORE
    return labels
