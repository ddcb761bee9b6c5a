"""What runs a network."""

from __future__ import annotations

import os
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray


class Engine(Protocol):
    """Runs one network. Not for several threads at once: each has its own `twin`.

    name: engine, precision and device, for reports. reason: why this one, where it was chosen automatically.
    threads: on the processor's cores, for reports.
    width_multiple: the input's width must be a multiple of it.
    """

    name: str
    reason: str
    threads: int
    width_multiple: int

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W) float32, valid until the next call."""
        ...

    def twin(self) -> Self:
        """Another of the same weights for another thread."""
        ...


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0))
