"""Back-projection: labels of pixels to labels of points."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import IGNORE
from data.segmentation import Segmentation
from projection import RangeImage
from projection.backprojection import back_project_objects
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.objects import ObjectsWorkspace


class PointsWorkspace:
    """Arrays that `to_points` works in, for a stream that must not allocate per scan."""

    def __init__(self) -> None:
        self._both = np.empty((0, 0), np.int32)

    def both(self, shape: tuple[int, int]) -> NDArray[np.int32]:
        """(H, W), its contents undefined."""
        if self._both.shape != shape:
            self._both = np.empty(shape, np.int32)
        return self._both


def to_points(
    found: ObjectsWorkspace,
    image: RangeImage,
    *,
    objects: bool,
    neighbours: int = 0,
    unknown_below: float = 0.0,
    workspace: PointsWorkspace | None = None,
    buffers: ResultBuffers | None = None,
) -> Segmentation:
    """The result for the points of the image's scan.

    Args:
        found: labels, certainty and instances of the pixels; and the ground below them, which the result has.
        image: the scan's.
        objects: whether objects were told apart; without, the result has no instances and no ground.
        neighbours: K of the vote for points hidden behind another surface, see `back_project`; such a point takes
            label and instance of one neighbour.
        unknown_below: the confidence below which a point has the label IGNORE and no object, and a pixel that it won
            the label IGNORE.
        workspace: to work in. Default: new arrays.
        buffers: memory for the result, which is then valid until they are used again. Default: new arrays.
    """
    buffers = buffers or ResultBuffers()
    labels, confidence, instances, pixel_labels = buffers.arrays(image)
    both = (workspace or PointsWorkspace()).both(found.labels.shape)
    back_project_objects(
        found.labels, found.instances, found.certainty, image.channels[4], image.pixel, image.distance, neighbours,
        image.sensor.full_turn, IGNORE, both, labels, confidence, instances,
    )  # fmt: skip
    np.copyto(pixel_labels, found.labels)
    if unknown_below > 0:
        least = np.float32(unknown_below)
        _doubt(least, image.index.reshape(-1), image.pixel, labels, confidence, instances, pixel_labels.reshape(-1))
    numbers, ground = (instances, found.level) if objects else (None, None)
    return Segmentation(labels, image, confidence, numbers, pixel_labels, ground)


def without_labels(found: Segmentation) -> None:
    """Take all labels and objects from a segmentation, in place; points outside the view keep a confidence of 0."""
    found.labels[:] = IGNORE
    if found.instances is not None:
        found.instances[:] = 0
    if found.pixel_labels is not None:
        found.pixel_labels[found.image.mask] = IGNORE


@njit(cache=True, nogil=True)
def _doubt(
    least: np.float32,
    index: NDArray[np.int32],
    pixel: NDArray[np.int32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.float32],
    instances: NDArray[np.uint16],
    pixel_labels: NDArray[np.uint8],
) -> None:
    for i in range(labels.size):
        if labels[i] != IGNORE and confidence[i] < least:
            labels[i], instances[i] = IGNORE, 0
            if index[pixel[i]] == i:
                pixel_labels[pixel[i]] = IGNORE
