"""The result: a class for every point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labelled import Labelled
from data.labels import IGNORE
from projection import ProjectionBuffers, RangeImage


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The classes of a scan of N points, and its objects.

    labels: (N,) uint8 class ids, 255 (IGNORE) where a point is outside the view or not a return, or where its class is
        not known: see `unknown`.
    confidence: (N,) float32, how probable it is that the label of the point's pixel is right; 0 where the point is
        outside the view or not a return. Within a group of pixels that the vote on objects has decided, background
        included, it is the vote's probability of the class. Elsewhere it is the network's of the label, softmax(logits
        / temperature), also where the CRF has changed the label. A hidden point's own label may be another than its
        pixel's: its neighbours' vote has no probability.
    image: the range image that was segmented.
    pixel_labels: (H, W) uint8, 0 where the image is empty.
    instances: (N,) uint16, the number of each point's object in this scan, from 1; 0 for none.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    image: RangeImage
    pixel_labels: NDArray[np.uint8]
    instances: NDArray[np.uint16]

    def __post_init__(self) -> None:
        points = self.image.pixel.shape
        shapes = self.labels.shape, self.confidence.shape, self.instances.shape
        if shapes != (points,) * 3:
            raise ValueError(f"expected labels, confidence and instances {points}, got {shapes}")
        if self.pixel_labels.shape != self.image.sensor.shape:
            raise ValueError(f"expected pixel_labels {self.image.sensor.shape}, got {self.pixel_labels.shape}")

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """(N,) bool: points that were seen and not known, rather than not seen: their label is 255 too."""
        return np.asarray((self.labels == IGNORE) & (self.confidence > 0))

    @property
    def labelled(self) -> Labelled:
        """What a sink writes."""
        return Labelled(self.labels, self.confidence, self.instances)


class ResultBuffers:
    """Memory for one result at a time, for a stream that must not allocate per scan.

    Handed to a `Segmenter` with a scan, it makes the result, its image included, valid until they are next handed to
    one. A stream that holds several results at once has as many of these, and uses each again when its result is done.

    Example:
        >>> buffers = ResultBuffers()
        >>> for scan in source:
        ...     sink.write(segmenter(scan, buffers=buffers).labelled)
    """

    def __init__(self) -> None:
        self.projection = ProjectionBuffers()
        self._labels = np.empty(0, np.uint8)
        self._confidence = np.empty(0, np.float32)
        self._instances = np.empty(0, np.uint16)
        self._pixel_labels = np.empty((0, 0), np.uint8)

    def arrays(
        self, image: RangeImage
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint8]]:
        """Labels, confidence and instances (N,) and pixel labels (H, W) for an image, their contents undefined."""
        count = len(image.pixel)
        if len(self._labels) < count:
            room = count + (count // 8 if len(self._labels) else 0)  # scans differ: grow seldom
            self._labels, self._instances = np.empty(room, np.uint8), np.empty(room, np.uint16)
            self._confidence = np.empty(room, np.float32)
        if self._pixel_labels.shape != image.sensor.shape:
            self._pixel_labels = np.empty(image.sensor.shape, np.uint8)
        return self._labels[:count], self._confidence[:count], self._instances[:count], self._pixel_labels
