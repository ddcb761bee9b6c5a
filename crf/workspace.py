"""The tables and buffers that the CRF's numba kernels work in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crf.settings import CRFSettings

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CRFWorkspace:
    """Tables and buffers for images of one size, reused from scan to scan. One thread at a time.

    Images are kept padded by the window's reach (rows R, columns S) and flat, N = (H + 2 R) (W + 2 S):
    pixel (i, j) lies at (i + R) (W + 2 S) + j + S and each neighbour at a fixed shift from it, so that one
    loop runs over several rows. The padding stays zero and adds nothing to a message. K is the size of
    half the window, T the number of different bilateral bandwidths, L the length of a block of rows.

    settings: what the tables were made of.
    shape: (C, H, W).
    block: rows worked on at a time.
    offsets: (K, 2) int64, the half window.
    row_taps, column_taps: (C, R) and (C, S) float32, the angular Gaussian at 1, 2, ... pixels.
    scales: (T,) float32, -log2(e) / (2 theta_r^2).
    of_class: (C,) int64, which of the T is each class's.
    points: (3, N) float32, coordinates, NaN at empty pixels and in the padding.
    weights: (T, K, N) float32, each pixel's and its K neighbours' weight.
    q, next_q: (C, N) float32, before and after an iteration.
    energies: (C, L) float32, one block's.
    scratch: (L,) float32.
    angular, bilateral: (C, L) float32, one block's messages.
    """

    settings: CRFSettings
    shape: tuple[int, int, int]
    block: int
    offsets: Int64
    row_taps: Float32
    column_taps: Float32
    scales: Float32
    of_class: Int64
    points: Float32
    weights: Float32
    q: Float32
    next_q: Float32
    energies: Float32
    scratch: Float32
    angular: Float32
    bilateral: Float32

    @classmethod
    def for_images(cls, settings: CRFSettings, height: int, width: int) -> CRFWorkspace:
        """A workspace for images of H x W."""
        C, (rows, columns) = settings.classes, settings.reach
        P = width + 2 * columns
        N = (height + 2 * rows) * P
        # Long enough that starting a loop costs little, short enough that the messages stay in a near cache.
        # No shorter than the window's reach: what an iteration reads must lie in this block and the two beside it.
        block = max(1, rows, min(height, round(4096 / P)))
        offsets = np.array(settings.half_window, np.int64)
        values, of_class = settings.distinct_theta_r
        variances = np.square(np.array(settings.theta_a))[:, None]
        return cls(
            settings=settings,
            shape=(C, height, width),
            block=block,
            offsets=offsets,
            row_taps=np.exp(-(np.arange(1, rows + 1) ** 2) / (2 * variances)).astype(np.float32),
            column_taps=np.exp(-(np.arange(1, columns + 1) ** 2) / (2 * variances)).astype(np.float32),
            scales=(-0.5 * math.log2(math.e) / np.square(np.array(values))).astype(np.float32),
            of_class=np.array(of_class, np.int64),
            points=np.full((3, N), np.nan, np.float32),
            weights=np.zeros((len(values), len(offsets), N), np.float32),
            q=np.zeros((C, N), np.float32),
            next_q=np.zeros((C, N), np.float32),
            energies=np.zeros((C, block * P), np.float32),
            scratch=np.zeros(block * P, np.float32),
            angular=np.zeros((C, block * P), np.float32),
            bilateral=np.zeros((C, block * P), np.float32),
        )
