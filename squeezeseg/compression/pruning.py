"""Magnitude pruning: the smallest weights of a layer are zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def largest(weights: NDArray[np.float32], density: float) -> NDArray[np.bool_]:
    """True for the share `density` of the weights that are largest in magnitude; for at least one."""
    count = max(round(density * weights.size), 1)
    if count >= weights.size:
        return np.ones(weights.shape, bool)
    kept = np.zeros(weights.size, bool)
    kept[np.argpartition(np.abs(weights).ravel(), -count)[-count:]] = True
    return kept.reshape(weights.shape)
