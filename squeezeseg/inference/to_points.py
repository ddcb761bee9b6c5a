"""Back-projection: labels of pixels to labels of points."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import IGNORE
from data.segmentation import Segmentation
from projection import RangeImage, back_project
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.objects import ObjectsWorkspace


class PointsWorkspace:
    """Arrays that `to_points` works in, for a stream that must not allocate per scan."""

    def __init__(self) -> None:
        self._of_pixels = np.empty((0, 0), np.int32)
        self._of_points = np.empty(0, np.int32)

    def arrays(self, shape: tuple[int, int], count: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(H, W) and (N,), their contents undefined."""
        if self._of_pixels.shape != shape:
            self._of_pixels = np.empty(shape, np.int32)
        if len(self._of_points) < count:
            self._of_points = np.empty(count + count // 8, np.int32)
        return self._of_pixels, self._of_points[:count]


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
        found: labels, certainty and instances of the pixels, and the ground below them.
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
    both, of_points = (workspace or PointsWorkspace()).arrays(found.labels.shape, len(labels))
    _pack(found.labels.reshape(-1), found.instances.reshape(-1), both.reshape(-1))
    back_project(both, image, fill=IGNORE, neighbours=neighbours, out=of_points)
    _unpack(of_points, found.certainty.reshape(-1), image.pixel, labels, confidence, instances)
    np.copyto(pixel_labels, found.labels)
    if unknown_below > 0:
        least = np.float32(unknown_below)
        _doubt(least, image.index.reshape(-1), image.pixel, labels, confidence, instances, pixel_labels.reshape(-1))
    ground = None
    if objects:
        ground = buffers.ground(found.level.shape)
        np.copyto(ground, found.level)
    return Segmentation(labels, image, confidence, instances if objects else None, pixel_labels, ground)


@njit(cache=True, nogil=True)
def _pack(labels: NDArray[np.uint8], instances: NDArray[np.uint16], both: NDArray[np.int32]) -> None:
    """Label and instance as one number, so that neighbours vote on both at once."""
    for j in range(both.size):
        both[j] = np.int32(instances[j]) << np.int32(8) | np.int32(labels[j])


@njit(cache=True, nogil=True)
def _unpack(
    both: NDArray[np.int32],
    certainty: NDArray[np.float32],
    pixel: NDArray[np.int32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.float32],
    instances: NDArray[np.uint16],
) -> None:
    for i in range(both.size):
        labels[i] = both[i] & 255
        instances[i] = both[i] >> 8
        confidence[i] = certainty[pixel[i]] if pixel[i] >= 0 else np.float32(0)


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
