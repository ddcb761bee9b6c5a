"""Decisions on pixels: logits of sectors to probabilities and labels of the range image."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import Sectors
from projection.read_only import read_only

Float32 = NDArray[np.float32]


def fill_probabilities(sectors: Sectors, logits: Float32, temperature: float, out: Float32, rows: Float32) -> None:
    """Fill `out` with the probabilities of a range image's pixels, softmax(logits / temperature) over the classes.

    A temperature above 1 makes an over-confident network less so: Guo et al., On calibration of modern neural
    networks, ICML 2017.

    Args:
        sectors: of the image.
        logits: (B, C, H, S) float32, the network's.
        temperature: what logits are divided by.
        out: (C, H, W) float32.
        rows: (2, W) float32, to work in.
    """
    _fill_probabilities(read_only(logits), sectors.pieces, np.float32(1 / temperature), out, rows)


def choose_labels(
    sectors: Sectors, energies: Float32, mask: NDArray[np.bool_], out: NDArray[np.uint8], rows: Float32
) -> None:
    """Fill `out` (H, W) uint8 with the classes of the highest energy, 0 where there is no return.

    Args:
        sectors: of the image.
        energies: (B, C, H, S) float32, such as logits.
        mask: (H, W) bool, where there is a return.
        out: (H, W) uint8.
        rows: (1 or more, W) float32, to work in.
    """
    _choose_labels(read_only(energies), mask, sectors.pieces, out, rows)


# The kernels are loops over contiguous rows, of which LLVM makes vector code.


@njit(cache=True, nogil=True)
def _fill_probabilities(logits, pieces, sharpness, out, rows):  # type: ignore[no-untyped-def]
    classes, height, _ = out.shape
    for piece in range(len(pieces)):
        k, s, c, n = pieces[piece]
        end, to = s + n, c + n
        highest, total = rows[0, :n], rows[1, :n]
        for r in range(height):
            if classes == 4:
                _softmax_four(
                    logits[k, 0, r, s:end], logits[k, 1, r, s:end], logits[k, 2, r, s:end], logits[k, 3, r, s:end],
                    sharpness, out[0, r, c:to], out[1, r, c:to], out[2, r, c:to], out[3, r, c:to],
                )  # fmt: skip
                continue
            _copy(logits[k, 0, r, s:end], highest)
            for i in range(1, classes):
                _raise(logits[k, i, r, s:end], highest)
            for j in range(n):
                total[j] = np.float32(0)
            for i in range(classes):
                _power(logits[k, i, r, s:end], highest, sharpness, out[i, r, c:to], total)
            for i in range(classes):
                _divide(total, out[i, r, c:to])


@njit(cache=True, nogil=True)
def _choose_labels(energies, mask, pieces, out, rows):  # type: ignore[no-untyped-def]
    classes, height = energies.shape[1:3]
    for piece in range(len(pieces)):
        k, s, c, n = pieces[piece]
        best = rows[0, :n]
        for r in range(height):
            label = out[r, c : c + n]
            _first(energies[k, 0, r, s : s + n], best, label)
            for i in range(1, classes):
                _challenge(energies[k, i, r, s : s + n], np.uint8(i), best, label)
            _clear(mask[r, c : c + n], label)


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


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def _softmax_four(l0, l1, l2, l3, sharpness, p0, p1, p2, p3):  # type: ignore[no-untyped-def]
    """The same for four classes in one loop, to the bit."""
    for j in range(l0.size):
        highest = max(l0[j], l1[j], l2[j], l3[j])
        a, b = _exp((l0[j] - highest) * sharpness), _exp((l1[j] - highest) * sharpness)
        c, d = _exp((l2[j] - highest) * sharpness), _exp((l3[j] - highest) * sharpness)
        total = a + b + c + d
        p0[j], p1[j], p2[j], p3[j] = a / total, b / total, c / total, d / total


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
