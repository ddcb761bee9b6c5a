"""The result: a class for every point."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.labelled import Labelled
from data.labels import IGNORE
from projection import RangeImage


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

    def without_doubt(self, least: float) -> Segmentation:
        """The same with the label 255, and no object, for points of less confidence than `least`."""
        doubtful = (self.confidence < least) & (self.labels != IGNORE)
        if not doubtful.any():
            return self
        image = self.image
        won = image.of_pixels(doubtful, fill=False)
        return replace(
            self,
            labels=np.where(doubtful, IGNORE, self.labels).astype(np.uint8),
            pixel_labels=np.where(won, IGNORE, self.pixel_labels).astype(np.uint8),
            instances=np.where(doubtful, 0, self.instances).astype(np.uint16),
        )
