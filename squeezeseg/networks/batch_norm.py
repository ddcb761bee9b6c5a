"""The two numbers of batch norm, which published networks don't all share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchNorm:
    """Batch norm's numbers, PyTorch's by default.

    eps: added to the variance. momentum: weight of the current batch in the running mean and variance; it is 1 minus
    TensorFlow's decay.

    Raises:
        ValueError: a number out of its range.
    """

    eps: float = 1e-5
    momentum: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.eps < 1 or not 0 < self.momentum <= 1:  # NaN is neither
            raise ValueError(f"batch norm: eps and momentum are fractions, got {self.eps} and {self.momentum}")


USUAL = BatchNorm()
"""PyTorch's."""
