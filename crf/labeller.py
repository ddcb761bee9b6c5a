"""Labels of pixels by the recurrent CRF, without their energies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crf.coordinates import Coordinates
from crf.label_kernels import label_pieces
from crf.meanfield import mean_field
from crf.settings import CRFSettings
from crf.tile_layout import CLASSES, MOST, RING, SLOTS, WINDOW, N, P, Q, V
from crf.workspace import CRFWorkspace, Float32, Int64
from projection.read_only import read_only

MOST_ITERATIONS = SLOTS - 2
"""Each works a row behind the one before it, on weights that are kept for so long."""
LARGEST = 60.0
"""Of the energies that e^x is taken of without care."""
MEASURED = 3
"""Iterations, at the most, for which `SETTLED` was measured."""
SETTLED = 1.5
"""How far a class's logit is above the others where a pixel is that class's without doubt. The CRF is spared where all
pixels of the window are without doubt of one class: on 133 recorded scans (10 million pixels, `fast` and `squeezeseg`)
it would move none of their labels, and with 1.0 none either; with 0.5 it would move 18. That is so for SqueezeSeg's
three iterations: where there are more, which carry further, the CRF is spared nowhere."""


class CRFLabeller:
    """Labels pixels by the highest of `mean_field`'s energies, in a third of the time. One thread at a time.

    SqueezeSeg's settings (four classes in two pairs of equal `theta_r`, a 3 x 5 window) have kernels of their own;
    others take `mean_field`. The two sum in another order, so where two energies are equal to six digits they may
    choose differently; and the kernels pass over pixels that are `settled`. On 133 recorded scans they never differ.

    settings, angular, bilateral: see `mean_field`. height, width: of the images.
    settled: see `SETTLED`; infinite to pass over no pixel.
    """

    def __init__(
        self,
        settings: CRFSettings,
        angular: Float32,
        bilateral: Float32,
        height: int,
        width: int,
        settled: float = SETTLED,
    ) -> None:
        self.settings = settings
        self._angular, self._bilateral = angular, bilateral
        self._size = height, width
        fits = _Tiles.fit(settings, angular, bilateral)
        self._tiles = _Tiles(settings, angular, bilateral, height, settled) if fits else None
        self._energies: Float32 | None = None
        self._workspace: CRFWorkspace | None = None
        if self._tiles is None:
            self._energies = np.empty((settings.classes, height, width), np.float32)
            self._workspace = CRFWorkspace.for_images(settings, height, width)

    def __call__(
        self,
        logits: Float32,
        xyz: Float32 | Coordinates,
        masks: NDArray[np.bool_],
        pieces: Int64,
        out: NDArray[np.uint8],
    ) -> None:
        """Label pieces of B images; the rest of an image is their context.

        Serial, and runs without the interpreter's lock.

        Args:
            logits: (B, C, H, S) float32, the network's.
            xyz: where the pixels are, or an array (B, 3 or more, H, S) float32 of normalised coordinates, and channels
                that aren't looked at.
            masks: (B, H, S) bool, where there is a return.
            pieces: (P, 4) int64: image, first column in it, first column in `out`, how many; see `projection.Sectors`.
            out: (H, W) uint8, contiguous, to be filled with the labels, 0 where there is no return.

        Raises:
            ValueError: an array of another shape or type.
        """
        B, (H, S) = len(logits), self._size
        if not isinstance(xyz, Coordinates):
            xyz = Coordinates.normalised(xyz, S)
        for name, array, expected, dtype in (
            ("logits", logits, (B, self.settings.classes, H, S), np.float32),
            ("xyz", xyz.values, (B, max(3, *xyz.values.shape[1:2]), H, xyz.around), np.float32),
            ("starts", xyz.starts, (B,), np.int64),
            ("masks", masks, (B, H, S), np.bool_),
            ("pieces", pieces, (len(pieces), 4), np.int64),
            ("out", out, (H, out.shape[-1]), np.uint8),
        ):
            if array.shape != expected or array.dtype != dtype:
                raise ValueError(f"{name}: expected {expected} {np.dtype(dtype)}, got {array.shape} {array.dtype}")
        image, first, at, count = pieces.T
        if (pieces < 0).any() or (image >= B).any() or (first + count > S).any() or (at + count > out.shape[1]).any():
            raise ValueError(f"pieces: not within {B} images of {S} columns, or {out.shape[1]} of out")
        if self._tiles is not None:
            self._tiles.label(logits, xyz, masks, pieces, out)
            return
        matrices = self.settings, self._angular, self._bilateral
        for k in range(B):
            energies = mean_field(logits[k], xyz.image(k, S), masks[k], *matrices, self._energies, self._workspace)
            for _, first, at, count in pieces[image == k]:
                seen = slice(first, first + count)
                np.multiply(
                    energies[:, :, seen].argmax(axis=0),
                    masks[k, :, seen],
                    out=out[:, at : at + count],
                    casting="unsafe",
                )


class _Tiles:
    """Tables and buffers of `crf.label_kernels`.

    taps: of the angular Gaussian, class by class: a row away, a column, two columns.
    gains: what messages add to the lead of classes 1, 2 and 3 over class 0: for each of these, for each class whose
        messages they are, the angular and the bilateral one's.
    bandwidths: -log2(e) / (2 theta_r^2) of classes 0 and 1, and of 2 and 3.
    reach: columns of context on either side of a tile. widest: columns of a tile without them.
    """

    def __init__(
        self, settings: CRFSettings, angular: Float32, bilateral: Float32, height: int, settled: float
    ) -> None:
        near, far = np.exp(-np.array([[1.0], [4.0]]) / (2 * np.square(settings.theta_a)))
        taps = np.column_stack([near, near, far]).astype(np.float32)
        gains = -np.stack([_leads(angular), _leads(bilateral)], axis=-1)
        theta = np.array([settings.theta_r[0], settings.theta_r[2]])
        bandwidths = (-0.5 * math.log2(math.e) / theta**2).astype(np.float32)
        # A multiple of eight: with as many to either side a tile is a whole number of vectors.
        reach = -(-settings.iterations * settings.reach[1] // 8) * 8
        self._tables: tuple[Any, ...] = (
            settings.iterations, reach, (MOST - 2 * reach) // 16 * 16, tuple(taps.flat), tuple(gains.flat), *bandwidths,
            np.float32(settled if settings.iterations <= MEASURED else math.inf),
        )  # fmt: skip
        self._buffers: tuple[Any, ...] = (
            np.empty(2 * N + P, np.float32),
            np.zeros((SLOTS + 1) * V, np.float32),
            np.zeros(settings.iterations * RING * Q, np.float32),
            np.empty((3, P), np.uint8),
            np.empty(P, np.uint8),
            np.empty((settings.iterations + 1, height), np.int64),
        )

    def label(
        self, logits: Float32, xyz: Coordinates, masks: NDArray[np.bool_], pieces: Int64, out: NDArray[np.uint8]
    ) -> None:
        """See `CRFLabeller`."""
        places = read_only(xyz.values), read_only(xyz.starts), xyz.mean, xyz.scale
        label_pieces(
            read_only(logits), *places, read_only(masks), read_only(pieces), *self._tables, *self._buffers, out
        )  # type: ignore[call-arg]

    @staticmethod
    def fit(settings: CRFSettings, angular: Float32, bilateral: Float32) -> bool:
        """True if the kernels do for such a CRF."""
        theta = settings.theta_r
        if settings.classes != CLASSES or settings.window != WINDOW or theta[0] != theta[1] or theta[2] != theta[3]:
            return False
        if settings.iterations > MOST_ITERATIONS:
            return False
        # A neighbour's probabilities are 1 together, so that the most that it adds to a lead is its largest gain.
        rows, columns = settings.reach
        neighbours = WINDOW[0] * WINDOW[1] - 1
        squared = np.add.outer(np.arange(-rows, rows + 1) ** 2, np.arange(-columns, columns + 1) ** 2)
        taps = np.exp(-squared[..., None, None] / (2 * np.square(settings.theta_a)))
        gains = abs(_leads(angular)) + neighbours * abs(_leads(bilateral))
        return bool(1 + (taps * gains).max(axis=-1).sum(axis=(0, 1)).max() < LARGEST)


def _leads(matrix: Float32) -> Float32:
    """(C, C) -> (C - 1, C): the rows less the first."""
    return np.asarray(matrix[1:] - matrix[0], np.float32)
