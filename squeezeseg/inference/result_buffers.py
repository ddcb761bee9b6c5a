"""Memory of a segmentation, used again for the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from projection import ProjectionBuffers, RangeImage


class ResultBuffers:
    """Memory for one result at a time, for a stream that must not allocate per scan.

    Handed to a `Segmenter` with a scan, it makes the result, its image included, valid until they are next handed to
    one. A stream that holds several results at once has as many of these, and uses each again when its result is done.

    Example:
        >>> buffers = ResultBuffers()
        >>> for scan in source:
        ...     sink.write(scan, segmenter(scan, buffers=buffers))
    """

    def __init__(self) -> None:
        self.projection = ProjectionBuffers()
        self._labels = np.empty(0, np.uint8)
        self._confidence = np.empty(0, np.float32)
        self._instances = np.empty(0, np.uint16)
        self._pixel_labels = np.empty((0, 0), np.uint8)
        self._ground = np.empty((0, 0), np.float32)

    def ground(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Heights of the ground (H, W), their contents undefined."""
        if self._ground.shape != shape:
            self._ground = np.empty(shape, np.float32)
        return self._ground

    def arrays(
        self, image: RangeImage
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint8]]:
        """Labels, confidence and instances (N,) and pixel labels (H, W) for an image, their contents undefined."""
        count = len(image.pixel)
        if len(self._labels) < count:
            size = count + (count // 8 if len(self._labels) else 0)  # scans differ: grow seldom
            self._labels, self._instances = np.empty(size, np.uint8), np.empty(size, np.uint16)
            self._confidence = np.empty(size, np.float32)
        if self._pixel_labels.shape != image.sensor.shape:
            self._pixel_labels = np.empty(image.sensor.shape, np.uint8)
        return self._labels[:count], self._confidence[:count], self._instances[:count], self._pixel_labels
