"""Validation: how well sums of a table tell the latency of whole networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WANTED_R, WANTED_ERROR = 0.98, 0.10
"""The correlation, at least, and the mean error, at most, with which a table is good to search by."""


@dataclass(frozen=True)
class Correction:
    """A line from the sum of cases to the latency of a network.

    overhead: seconds that a network takes besides. factor: of what its cases take alone.
    """

    overhead: float
    factor: float

    def corrected(self, seconds: float) -> float:
        """The latency of a network of a sum."""
        return self.overhead + self.factor * seconds


@dataclass(frozen=True)
class Validation:
    """Networks, and what the table tells of them.

    sums, measured: seconds by network; sums of their cases without the correction.
    r: Pearson's correlation of the two. mean_error, largest_error: of corrected sums, as fractions of what was
    measured, each network by a line that was fitted to the others. plain_error: the mean without any correction.
    """

    sums: tuple[float, ...]
    measured: tuple[float, ...]
    r: float
    mean_error: float
    largest_error: float
    plain_error: float

    @property
    def networks(self) -> int:
        """How many."""
        return len(self.sums)

    @property
    def good(self) -> bool:
        """True if the table is as good as wanted."""
        return self.r >= WANTED_R and self.mean_error <= WANTED_ERROR


def fit(sums: Sequence[float], measured: Sequence[float]) -> Correction:
    """The line with the least relative errors: of 3 ms, a tenth of a millisecond is more than of 10."""
    x, y = np.asarray(sums), np.asarray(measured)
    if len(x) < 2 or np.ptp(x) == 0:
        return Correction(0.0, float(np.mean(y / x)))
    weights = np.stack([1 / y, x / y], axis=1)
    overhead, factor = np.linalg.lstsq(weights, np.ones_like(y), rcond=None)[0]
    return Correction(float(overhead), float(factor))


def validate(sums: Sequence[float], measured: Sequence[float]) -> Validation:
    """See `Validation`. sums, measured: seconds of three networks or more."""
    x, y = np.asarray(sums), np.asarray(measured)
    told = np.empty_like(y)
    for k in range(len(x)):
        others = np.arange(len(x)) != k
        told[k] = fit(x[others].tolist(), y[others].tolist()).corrected(x[k])
    errors = np.abs(told / y - 1)
    r = float(np.corrcoef(x, y)[0, 1]) if np.ptp(x) and np.ptp(y) else 0.0
    plain = float(np.mean(np.abs(x / y - 1)))
    return Validation(tuple(sums), tuple(measured), r, float(errors.mean()), float(errors.max()), plain)
