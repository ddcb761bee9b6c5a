"""Ways to keep a layer's weights, from nearly whole to small."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, share
from squeezeseg.weights.stored_tensor import StoredTensor

STEPS = (0.05, 0.1, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
"""Of standard deviations of a layer's weights."""
DENSITIES = (1.0, 0.6, 0.4, 0.33, 0.25, 0.15)
BITS = (3, 4, 5)


def equal_steps(weights: NDArray[np.float32]) -> Iterator[StoredTensor]:
    """Equal steps of several sizes. Large ones make most codes zero, which an entropy coder turns into few bits."""
    deviation = float(weights.std())
    yield from (quantize(weights, step * deviation) for step in STEPS)


def pruned_and_shared(weights: NDArray[np.float32]) -> Iterator[StoredTensor]:
    """Deep Compression's: of several densities, the rest of the weights sharing values of several bits."""
    for density in DENSITIES:
        kept = largest(weights, density)
        yield from (share(weights, bits, kept) for bits in BITS)
