"""Intensities of a sensor: their distribution, and how it changes with the distance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BORDERS = (0.0, 5.0, 10.0, 20.0, 35.0, 55.0, 250.0)
"""Metres between which intensities are told apart."""
QUANTILES = (0.1, 0.5, 0.9)
_FEWEST = 50


@dataclass(frozen=True)
class Reflectances:
    """Intensities, brought to 0..1.

    known: False where there are none, or all are the same. quantiles: a tenth, half and nine tenths of all.
    by_range: the same between each two of `BORDERS`, None where there are few returns. steps: different values.
    """

    known: bool
    quantiles: tuple[float, ...]
    by_range: tuple[tuple[float, ...] | None, ...]
    steps: int


def measure_reflectances(intensity: NDArray[np.floating], distance: NDArray[np.floating]) -> Reflectances:
    """The distribution of intensities (N,), of returns that far away (N,)."""
    values = np.nan_to_num(intensity.astype(np.float64))
    if not len(values) or values.min() == values.max():
        return Reflectances(False, (0.0,) * len(QUANTILES), (None,) * (len(BORDERS) - 1), min(len(values), 1))

    def quantiles(of: NDArray[np.float64]) -> tuple[float, ...]:
        return tuple(round(float(one), 4) for one in np.quantile(of, QUANTILES))

    parts = [values[(distance >= near) & (distance < far)] for near, far in pairwise(BORDERS)]
    by_range = tuple(quantiles(part) if len(part) >= _FEWEST else None for part in parts)
    return Reflectances(True, quantiles(values), by_range, len(np.unique(values)))
