"""From logits to probabilities."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float32]:
    """Logits (C, H, W) float32 -> probabilities (C, H, W), the softmax of logits / temperature over the classes.

    A temperature above 1 makes a network that is too sure of itself less so: Guo et al., On calibration of modern
    neural networks, ICML 2017.
    """
    out = np.empty(logits.shape, np.float32)
    _softmax(np.ascontiguousarray(logits), 1 / temperature, out)
    return out


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"}, error_model="numpy")
def _softmax(logits: NDArray[np.float32], sharpness: float, out: NDArray[np.float32]) -> None:
    classes, height, width = logits.shape
    factor = np.float32(sharpness)
    for r in range(height):
        for c in range(width):
            highest = logits[0, r, c]
            for k in range(1, classes):
                highest = max(highest, logits[k, r, c])
            total = np.float32(0)
            for k in range(classes):
                out[k, r, c] = np.exp((logits[k, r, c] - highest) * factor)
                total += out[k, r, c]
            for k in range(classes):
                out[k, r, c] /= total
