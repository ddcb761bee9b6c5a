"""Weights to codes: values that are shared, or equal steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from squeezeseg.coding.range_coder import MOST
from squeezeseg.compression.kmeans import Start, centroids, nearest
from squeezeseg.weights.stored_tensor import SCALE_LIMITS, SCALE_UNIT, Shared, Uniform

_TRIED = np.linspace(0.3, 1.0, 36)
"""Steps of a channel that are tried, of the step at which its largest weight has the largest code."""


def share(
    weights: NDArray[np.float32], bits: int, kept: NDArray[np.bool_] | None = None, start: Start = "linear"
) -> Shared:
    """Weights that share 2^bits - 1 values, found by k-means of those that are kept; the others are zero.

    bits: 1 ... 8, of a code; one code is zero's.
    """
    kept = np.ones(weights.shape, bool) if kept is None else kept
    found = centroids(weights[kept], (1 << bits) - 1, start).astype(np.float16)
    found = np.unique(found)
    codes = np.zeros(weights.shape, np.int16)
    negative = int((found < 0).sum())
    index = nearest(weights[kept], found)
    codes[kept] = np.where(index < negative, index - negative, index - negative + 1)
    return Shared(codes, found[:negative][::-1], found[negative:])


def quantize_channels(weights: NDArray[np.float32], bits: int, axis: int = 0) -> Uniform:
    """Codes -2^(bits-1)+1 ... 2^(bits-1)-1, with the step for each channel that has the smallest squared error.

    bits: 2 ... 9. axis: of the output channels, 1 for transposed convolutions.
    """
    most = (1 << (bits - 1)) - 1
    rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
    widest = np.abs(rows).max(axis=1) / most
    best, scales = np.full(len(rows), np.inf), np.zeros(len(rows), np.float16)
    for share_of_widest in _TRIED:
        tried = _stored(widest * share_of_widest)
        error = np.square(_decoded(rows, tried, most) - rows).sum(axis=1)
        scales = np.where(error < best, tried, scales)
        best = np.minimum(error, best)
    return Uniform(_codes(weights, scales, most, axis), scales, axis)


def quantize(weights: NDArray[np.float32], step: float, rounding: float = 0.5) -> Uniform:
    """Codes of one step for the whole tensor.

    rounding: added to a magnitude in steps before its fraction is cut off. Below 0.5 more weights become zero, or the
        code below: fewer bits for a larger error (the dead zone of video coders).
    """
    scale = _stored(np.array([max(step, float(np.abs(weights).max()) / MOST)]))
    steps = np.abs(weights) / (scale.astype(np.float32) * SCALE_UNIT)
    codes = np.sign(weights) * np.minimum(np.floor(steps + rounding), MOST)
    return Uniform(codes.astype(np.int16), scale)


def _stored(steps: NDArray[np.floating]) -> NDArray[np.float16]:
    """Steps as a file keeps them, none of them zero."""
    return np.asarray(np.clip(steps, *SCALE_LIMITS) / SCALE_UNIT, np.float16)


def _decoded(rows: NDArray[np.float32], scales: NDArray[np.float16], most: int) -> NDArray[np.float32]:
    return Uniform(_codes(rows, scales, most, 0), scales).decoded()


def _codes(weights: NDArray[np.float32], scales: NDArray[np.float16], most: int, axis: int) -> NDArray[np.int16]:
    along = [1] * weights.ndim
    along[axis] = -1
    steps = (scales.astype(np.float32) * SCALE_UNIT).reshape(along)
    return np.clip(np.rint(weights / steps), -most, most).astype(np.int16)
