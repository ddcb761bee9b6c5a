"""The result: a class for every point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection import RangeImage


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The classes of a scan of N points.

    labels: (N,) uint8 class ids, 255 (IGNORE) where a point is outside the view or not a return.
    confidence: (N,) float32, the network's probability, before the CRF, of the label of the point's pixel (a hidden
        point's own label may be another: its neighbours' vote has no probability); 0 where the label is 255.
    image: the range image that was segmented.
    pixel_labels: (H, W) uint8, 0 where the image is empty.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    image: RangeImage
    pixel_labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        points = self.image.pixel.shape
        if self.labels.shape != points or self.confidence.shape != points:
            raise ValueError(
                f"expected labels and confidence {points}, got {self.labels.shape} and {self.confidence.shape}"
            )
        if self.pixel_labels.shape != self.image.sensor.shape:
            raise ValueError(f"expected pixel_labels {self.image.sensor.shape}, got {self.pixel_labels.shape}")
