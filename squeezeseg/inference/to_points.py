"""What was decided about pixels, told to the points of the scan."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import IGNORE
from projection import RangeImage, back_project
from squeezeseg.inference.segmentation import ResultBuffers, Segmentation
from squeezeseg.objects import ObjectsWorkspace


class PointRoom:
    """Memory that `tell_points` works in, for a stream that must not allocate per scan."""

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


def tell_points(
    found: ObjectsWorkspace,
    image: RangeImage,
    *,
    neighbours: int = 0,
    unknown_below: float = 0.0,
    room: PointRoom | None = None,
    buffers: ResultBuffers | None = None,
) -> Segmentation:
    """The result for the points of the image's scan.

    Args:
        found: labels, certainty and instances of the pixels.
        image: the scan's.
        neighbours: K of the vote for points hidden behind another surface, see `back_project`; such a point takes
            label and instance of one neighbour.
        unknown_below: the confidence below which a point has the label IGNORE and no object, and a pixel that it won
            the label IGNORE.
        room: memory to work in.
        buffers: memory for the result, which is then valid until they are used again. Default: new arrays.
    """
    labels, confidence, instances, pixel_labels = (buffers or ResultBuffers()).arrays(image)
    both, of_points = (room or PointRoom()).arrays(found.labels.shape, len(labels))
    _pack(found.labels.reshape(-1), found.instances.reshape(-1), both.reshape(-1))
    back_project(both, image, fill=IGNORE, neighbours=neighbours, out=of_points)
    _unpack(of_points, found.certainty.reshape(-1), image.pixel, labels, confidence, instances)
    np.copyto(pixel_labels, found.labels)
    if unknown_below > 0:
        least = np.float32(unknown_below)
        _doubt(least, image.index.reshape(-1), image.pixel, labels, confidence, instances, pixel_labels.reshape(-1))
    return Segmentation(labels, confidence, image, pixel_labels, instances)


@njit(cache=True, nogil=True)
def _pack(labels: NDArray[np.uint8], instances: NDArray[np.uint16], both: NDArray[np.int32]) -> None:
    """Label and instance as one number, so that they are voted for as one."""
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
