"""Decisions on pixels: logits and energies of sectors to probabilities and labels of the range image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import Sectors

Float32 = NDArray[np.float32]


def decide(
    sectors: Sectors,
    logits: Float32,
    energies: Float32,
    mask: NDArray[np.bool_],
    temperature: float,
    probabilities: Float32,
    labels: NDArray[np.uint8],
    rows: Float32,
) -> None:
    """Fill the probabilities and labels of a range image's pixels.

    A temperature above 1 makes an over-confident network less so: Guo et al., On calibration of modern neural
    networks, ICML 2017.

    Args:
        sectors: of the image.
        logits: (B, C, H, S) float32, the network's.
        energies: (B, C, H, S) float32, the CRF's, or the logits again.
        mask: (H, W) bool, where there is a return.
        temperature: what logits are divided by.
        probabilities: (C, H, W) float32, to be filled with softmax(logits / temperature) over the classes.
        labels: (H, W) uint8, to be filled with the classes of the highest energy, 0 where there is no return.
        rows: (2, W) float32, to work in.
    """
    sharpness = np.float32(1 / temperature)
    _decide(_input(logits), _input(energies), mask, sectors.pieces, sharpness, probabilities, labels, rows)


def _input(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only whatever it was: numba compiles once for each kind of array."""
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array


# The kernels are loops over contiguous rows, of which LLVM makes vector code. All are in this one file because numba's
# cache notices changes of the file that the outermost function is in, and of no other.


@njit(cache=True, nogil=True)
def _decide(logits, energies, mask, pieces, sharpness, probabilities, labels, rows):  # type: ignore[no-untyped-def]
    classes, height, _ = probabilities.shape
    highest, total = rows[0], rows[1]
    for piece in range(len(pieces)):
        k, s, c, n = pieces[piece]
        for r in range(height):
            label, best = labels[r, c : c + n], highest[:n]
            _first(energies[k, 0, r, s : s + n], best, label)
            for i in range(1, classes):
                _challenge(energies[k, i, r, s : s + n], np.uint8(i), best, label)
            _clear(mask[r, c : c + n], label)
            _copy(logits[k, 0, r, s : s + n], best)
            for i in range(1, classes):
                _raise(logits[k, i, r, s : s + n], best)
            for j in range(n):
                total[j] = np.float32(0)
            for i in range(classes):
                _power(logits[k, i, r, s : s + n], best, sharpness, probabilities[i, r, c : c + n], total[:n])
            for i in range(classes):
                _divide(total[:n], probabilities[i, r, c : c + n])


@njit(cache=True, nogil=True)
def _copy(values, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = values[j]


@njit(cache=True, nogil=True)
def _first(energy, best, label):  # type: ignore[no-untyped-def]
    for j in range(best.size):
        best[j] = energy[j]
        label[j] = 0


@njit(cache=True, nogil=True)
def _challenge(energy, number, best, label):  # type: ignore[no-untyped-def]
    for j in range(best.size):
        better = energy[j] > best[j]
        label[j] = number if better else label[j]
        best[j] = energy[j] if better else best[j]


@njit(cache=True, nogil=True)
def _clear(mask, label):  # type: ignore[no-untyped-def]
    for j in range(label.size):
        label[j] = label[j] if mask[j] else np.uint8(BACKGROUND)


@njit(cache=True, nogil=True)
def _raise(logit, highest):  # type: ignore[no-untyped-def]
    for j in range(highest.size):
        highest[j] = max(highest[j], logit[j])


@njit(cache=True, nogil=True, fastmath={"contract"})
def _power(logit, highest, sharpness, out, total):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = _exp((logit[j] - highest[j]) * sharpness)
        total[j] += out[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(total, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] /= total[j]


@njit(cache=True, nogil=True, fastmath={"contract"}, inline="always")
def _exp(x):  # type: ignore[no-untyped-def]
    """e^x of float32 x <= 0 to 2e-7, zero below -87, in plain arithmetic: libm's does not become vector code.

    2^n e^f = e^x with n = round(x / ln 2), by Taylor's series of e^f.
    """
    clamped = max(x, np.float32(-87.0))
    whole = np.floor(clamped * np.float32(1.4426950408889634) + np.float32(0.5))
    # ln 2 in two parts, of which the first times a whole number is exact.
    f = clamped - whole * np.float32(0.693359375) - whole * np.float32(-2.12194440e-4)
    series = np.float32(1 / 720)
    series = series * f + np.float32(1 / 120)
    series = series * f + np.float32(1 / 24)
    series = series * f + np.float32(1 / 6)
    series = series * f + np.float32(0.5)
    series = series * f + np.float32(1.0)
    series = series * f + np.float32(1.0)
    power = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
    return series * power if x > np.float32(-87.0) else np.float32(0.0)
