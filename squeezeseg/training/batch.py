"""A batch of training samples."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """B fronts, as a network, its CRF and its teachers see them.

    inputs: (B, C, H, W) of the network, normalised. images: (B, 5, H, W) as `Normalisation.scaled` gives them.
    labels: (B, H, W) int64, IGNORE where none is known. metres: (B, 5, H, W), empty pixels 0.
    """

    inputs: Tensor
    images: Tensor
    labels: Tensor
    metres: Tensor
