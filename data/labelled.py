"""What is known of a scan's points once they are labelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Labelled:
    """The labels of N points, in the order of the points.

    labels: (N,) uint8 class ids, 255 where there is none.
    confidence: (N,) float32, 0..1, how probable it is that the label is right.
    instances: (N,) uint16, the number of each point's object in its scan, from 1, 0 for none; or None where objects
        were not sought.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    instances: NDArray[np.uint16] | None = None

    def __post_init__(self) -> None:
        shape = (len(self.labels),)
        arrays = {"labels": np.uint8, "confidence": np.float32, "instances": np.uint16}
        for name, dtype in arrays.items():
            array = getattr(self, name)
            if array is not None and (array.shape != shape or array.dtype != dtype):
                raise ValueError(f"{name}: expected {shape} {np.dtype(dtype)}, got {array.shape} {array.dtype}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def objects(self) -> NDArray[np.uint16]:
        """(N,) uint16: `instances`, zeros where they are None."""
        return np.zeros(len(self), np.uint16) if self.instances is None else self.instances
