"""Numba kernels that find the pixels whose labels the recurrent CRF can change, and all that they depend on."""

from __future__ import annotations

import numpy as np
from numba import njit

from crf.tile_layout import STEP, P


@njit(cache=True, nogil=True)
def copy(values, out):  # type: ignore[no-untyped-def]
    """Copy values. A slice assignment (a[:] = b) would check for overlaps and do it element by element."""
    for j in range(out.size):
        out[j] = values[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(l0, l1, l2, l3, margin, mask, codes, labels):  # type: ignore[no-untyped-def]
    """The likeliest class of a row's pixels, 0 where there is no return; and one bit for it, or all four in doubt."""
    for j in range(labels.size):
        upper, lower = max(l0[j], l1[j]), min(l0[j], l1[j])
        upper_2, lower_2 = max(l2[j], l3[j]), min(l2[j], l3[j])
        highest, second = max(upper, upper_2), max(min(upper, upper_2), lower, lower_2)
        label = np.uint8(1) if l1[j] == highest else np.uint8(0)
        label = np.uint8(2) if l2[j] == highest else label
        label = np.uint8(3) if l3[j] == highest else label
        bit = np.uint8(2) if l1[j] == highest else np.uint8(1)
        bit = np.uint8(4) if l2[j] == highest else bit
        bit = np.uint8(8) if l3[j] == highest else bit
        codes[j] = bit if highest - second > margin else np.uint8(15)
        labels[j] = label if mask[j] else np.uint8(0)


@njit(cache=True, nogil=True)
def _doubtful(above, row, below, doubt):  # type: ignore[no-untyped-def]
    """Not 0 where a window holds more than one bit; the rows begin two pixels early."""
    for j in range(doubt.size):
        bits = above[j] | above[j + 1] | above[j + 2] | above[j + 3] | above[j + 4]
        bits |= row[j] | row[j + 1] | row[j + 2] | row[j + 3] | row[j + 4]
        bits |= below[j] | below[j + 1] | below[j + 2] | below[j + 3] | below[j + 4]
        doubt[j] = bits & (bits - np.uint8(1))


@njit(cache=True, nogil=True)
def find_areas(  # type: ignore[no-untyped-def]
    logits, mask, left, right, first, count, iterations, settled, codes, doubt, areas, labels, at
):  # fmt: skip
    """Label the wanted columns of a tile by their logits alone, and find where that doesn't do.

    Fills `areas` (iterations + 1, rows): bit s of [k, r] is set where columns STEP s to STEP (s + 1) of the tile's row
    r are needed before iteration k; of the last, where labels are. An iteration reads a row and two columns further.
    """
    H, n = mask.shape[0], right - left
    wanted, last = first - left, areas[iterations]
    for slot in range(3):
        for j in range(P):
            codes[slot, j] = 0
    for j in range(doubt.size):
        doubt[j] = 0
    words = doubt.view(np.int64)
    for row in range(H + 1):
        here = codes[row % 3]
        if row < H:
            _settle(
                logits[0, row, left:right], logits[1, row, left:right], logits[2, row, left:right],
                logits[3, row, left:right], settled, mask[row, left:right], here[2:], doubt[:n],
            )  # fmt: skip
            copy(doubt[wanted : wanted + count], labels[row, at : at + count])
        else:
            for j in range(P):
                here[j] = 0
        if row > 0:
            _doubtful(codes[(row + 1) % 3], codes[(row + 2) % 3], here, doubt[:n])
            bits = 0
            for s in range(wanted // STEP, (wanted + count + STEP - 1) // STEP):
                if words[2 * s] | words[2 * s + 1]:
                    bits |= 1 << s
            last[row - 1] = bits
    every = (1 << (n + STEP - 1) // STEP) - 1
    for k in range(iterations - 1, -1, -1):
        # A step is wider than all that the iterations read beyond.
        for row in range(H):
            bits = areas[k + 1, row] | areas[k + 1, max(row - 1, 0)] | areas[k + 1, min(row + 1, H - 1)]
            if k == iterations - 1:
                bits = beside(bits)
            areas[k, row] = bits & every


@njit(nogil=True, inline="always")
def beside(bits):  # type: ignore[no-untyped-def]
    """The steps whose bits are set, and those to their left and right."""
    return bits | bits << 1 | bits >> 1


@njit(cache=True, nogil=True)
def stretch(bits, s, n):  # type: ignore[no-untyped-def]
    """The next columns from step `s` on whose bits are set: the first, the one after the last, and the step there."""
    while bits >> s & 1 == 0:
        s += 1
    start = s * STEP
    while bits >> s & 1:
        s += 1
    return start, min(s * STEP, n), s
