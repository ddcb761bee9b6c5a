"""A segmented scan: a class for every point, and its objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, IGNORE, OBJECT_CLASSES
from projection import RangeImage


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation:
    """The classes of a scan of N points, in the order of its points, and its objects.

    labels: (N,) uint8 class ids, 255 (IGNORE) where a point is outside the view or not a return, or where its class is
        not known: see `unknown`.
    image: the scan's range image of H x W.
    confidence: (N,) float32, 0..1, the probability that the label of the point's pixel is right; 0 where the point is
        outside the view or not a return. Within a group of pixels whose class the object classifier has decided,
        background included, it is the classifier's probability of the class. Elsewhere it is the network's of the
        label, softmax(logits / temperature), also where the CRF has changed the label. A hidden point's own label may
        differ from its pixel's: the vote of its neighbours has no probability. None where it wasn't kept.
    instances: (N,) uint16, the number of each point's object in this scan, from 1; 0 for none. None where objects
        weren't told apart.
    pixel_labels: (H, W) uint8, 0 where the image is empty; None where they weren't kept.
    ground: (H, W) float32, height in metres of the ground below each pixel, in the sensor's frame; None where objects
        weren't sought.
    doubt: why the labels mean nothing, where the scan is of no street; else empty.

    Raises:
        ValueError: a shape or dtype is another.
    """

    labels: NDArray[np.uint8]
    image: RangeImage
    confidence: NDArray[np.float32] | None = None
    instances: NDArray[np.uint16] | None = None
    pixel_labels: NDArray[np.uint8] | None = None
    ground: NDArray[np.float32] | None = None
    doubt: str = ""

    def __post_init__(self) -> None:
        points, pixels = self.image.pixel.shape, self.image.sensor.shape
        _check("labels", self.labels, points, np.uint8)
        _check("confidence", self.confidence, points, np.float32)
        _check("instances", self.instances, points, np.uint16)
        _check("pixel_labels", self.pixel_labels, pixels, np.uint8)
        _check("ground", self.ground, pixels, np.float32)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._summary()})"

    def _summary(self) -> str:
        """Points by class."""
        counts = np.bincount(self.labels, minlength=len(CLASSES))
        of_classes = ", ".join(f"{CLASSES[k]} {counts[k]:,}" for k in OBJECT_CLASSES)
        return f"{len(self):,} points: {of_classes}"

    @property
    def instance_numbers(self) -> NDArray[np.uint16]:
        """(N,) uint16: `instances`, zeros where they are None."""
        return np.zeros(len(self), np.uint16) if self.instances is None else self.instances

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """(N,) bool: points that were seen and not known, rather than not seen: their label is 255 too."""
        if self.confidence is None:
            return np.zeros(len(self), np.bool_)
        return np.asarray((self.labels == IGNORE) & (self.confidence > 0))

    def confidence_or(self, missing: float) -> NDArray[np.float32]:
        """(N,) float32: `confidence`, or `missing` throughout where it is None."""
        return np.full(len(self), missing, np.float32) if self.confidence is None else self.confidence


def _check(name: str, array: NDArray[np.generic] | None, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    if array is not None and (array.shape != shape or array.dtype != dtype):
        raise ValueError(f"{name}: expected {shape} {np.dtype(dtype)}, got {array.shape} {array.dtype}")
