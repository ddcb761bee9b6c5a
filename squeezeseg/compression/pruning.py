"""Magnitude pruning: the smallest weights of a layer are zero, as many as its sensitivity allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.compression.allocation import Choice, allocate
from squeezeseg.compression.network import Way, Ways, coded_names
from squeezeseg.weights import Model

SHARES = (1.0, 0.8, 0.6, 0.45, 0.33, 0.2, 0.1)
"""Shares of a layer's weights that are tried."""


def largest(weights: NDArray[np.float32], density: float) -> NDArray[np.bool_]:
    """True for the share `density` of the weights that are largest in magnitude; for at least one."""
    count = max(round(density * weights.size), 1)
    if count >= weights.size:
        return np.ones(weights.shape, bool)
    kept = np.zeros(weights.size, bool)
    kept[np.argpartition(np.abs(weights).ravel(), -count)[-count:]] = True
    return kept.reshape(weights.shape)


def pruned_ways(model: Model) -> Ways[float]:
    """Densities of each of the larger layers, and how many weights they keep."""

    def of(weights: NDArray[np.float32]) -> Iterator[Way[float]]:
        for density in SHARES:
            kept = largest(weights, density)
            yield Way(density, int(kept.sum()), weights * kept)

    return {name: of(model.tensors[name]) for name in coded_names(model)}


def densities(choices: Mapping[str, Sequence[Choice[float]]], whole: float) -> dict[str, float]:
    """The density of each layer at which all keep together at most a share `whole`, with the least damage.

    choices: of `pruned_ways`, examined.

    Raises:
        InputError: a share below the least density, or none.
    """
    if not SHARES[-1] < whole <= 1:
        raise InputError(f"density {whole:g}: give more than {SHARES[-1]:g}, and 1 at most")
    weights = sum(max(one.size for one in some) for some in choices.values())
    return {name: one.value for name, one in allocate(choices, whole * weights).items()}
