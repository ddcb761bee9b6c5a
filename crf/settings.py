"""Settings of the recurrent CRF: iterations, window, bandwidths of its kernels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

MAX_ITERATIONS = 100
MAX_WINDOW = 31
"""Rows and columns: its time grows with both."""


@dataclass(frozen=True)
class CRFSettings:
    """The recurrent CRF's shape for C classes; the defaults are SqueezeSeg's (its official `config`).

    Sequences of any kind are accepted and kept as tuples, so that settings read from JSON are equal
    to those written.

    iterations: mean-field steps.
    window: rows and columns of the neighbourhood, both odd; its centre is left out.
    theta_a: C bandwidths of the angular kernel, in pixels.
    theta_r: C bandwidths of the bilateral kernel, in units of the normalised x, y, z.
    angular_coefficient, bilateral_coefficient: of the Potts matrices that training starts from.
    """

    iterations: int = 3
    window: tuple[int, int] = (3, 5)
    theta_a: tuple[float, ...] = (0.9, 0.9, 0.6, 0.6)
    theta_r: tuple[float, ...] = (0.015, 0.015, 0.01, 0.01)
    angular_coefficient: float = 0.02
    bilateral_coefficient: float = 0.1

    def __post_init__(self) -> None:
        for name in ("window", "theta_a", "theta_r"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 1 <= self.iterations <= MAX_ITERATIONS:
            raise InputError(f"CRF: expected 1 to {MAX_ITERATIONS} iterations, got {self.iterations}")
        if len(self.window) != 2 or any(size < 1 or size % 2 == 0 for size in self.window) or self.window == (1, 1):
            raise InputError(f"CRF: the window must be two odd sizes with a neighbour in it, got {self.window}")
        if max(self.window) > MAX_WINDOW:
            raise InputError(f"CRF: the window may have {MAX_WINDOW} rows and columns at most, got {self.window}")
        if len(self.theta_a) != len(self.theta_r) or len(self.theta_a) < 2:
            raise InputError(
                f"CRF: expected one theta_a and one theta_r for each of two or more classes, "
                f"got {len(self.theta_a)} and {len(self.theta_r)}"
            )
        # A bandwidth below 1e-6 would overflow 1 / theta^2 times a distance in float32.
        if not all(1e-6 <= theta < math.inf for theta in (*self.theta_a, *self.theta_r)):
            raise InputError(f"CRF: bandwidths must be positive, got theta_a {self.theta_a}, theta_r {self.theta_r}")
        if not (math.isfinite(self.angular_coefficient) and math.isfinite(self.bilateral_coefficient)):
            raise InputError("CRF: the coefficients must be finite numbers")

    @property
    def classes(self) -> int:
        """C, the number of classes."""
        return len(self.theta_a)

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns that the window extends to either side of its centre."""
        return self.window[0] // 2, self.window[1] // 2

    @property
    def half_window(self) -> tuple[tuple[int, int], ...]:
        """(row, column) offsets of one neighbour out of each opposite pair: those below or to the right.

        A pair's weight is the same seen from either end, so half of them is all that is computed.
        """
        rows, columns = self.reach
        return tuple((0, dj) for dj in range(1, columns + 1)) + tuple(
            (di, dj) for di in range(1, rows + 1) for dj in range(-columns, columns + 1)
        )

    @property
    def distinct_theta_r(self) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """The different values in `theta_r`, and for each class which of them is its own.

        Classes of one bandwidth share their pair weights.
        """
        values = tuple(sorted(set(self.theta_r)))
        return values, tuple(values.index(theta) for theta in self.theta_r)

    def angular_start(self) -> NDArray[np.float32]:
        """(C, C) float32: the angular compatibility before training."""
        return potts(self.classes, self.angular_coefficient)

    def bilateral_start(self) -> NDArray[np.float32]:
        """(C, C) float32: the bilateral compatibility before training."""
        return potts(self.classes, self.bilateral_coefficient)


def potts(classes: int, coefficient: float) -> NDArray[np.float32]:
    """(C, C) float32: `coefficient` for two different classes, 0 for a class and itself."""
    matrix: NDArray[np.float32] = coefficient * (1 - np.eye(classes, dtype=np.float32))
    return matrix.astype(np.float32)
