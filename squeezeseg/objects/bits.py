"""Bits: rows of a range image as words of 64 pixels each, so that one operation does for as many.

An image of H x W has (H, K) words, K = `words(W)`. Bit b of word k is column 64 k + b; those beyond the last column are
0. The functions are for kernels, and small enough for LLVM to inline them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

WORD = 64
"""Pixels of a word."""
ONE, ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_TO_TOP, _TOP = np.uint64(0x0102040810204080), np.uint64(56)
_LAST = np.uint64(WORD - 1)


def words(width: int) -> int:
    """K, the words of a row of so many pixels."""
    return -(-width // WORD)


@njit(nogil=True)
def pack(row: NDArray[np.uint8], out: NDArray[np.uint64]) -> None:
    """Pack a row of bytes (64 K,), each 0 or 1, into its words (K,)."""
    eights = row.view(np.uint64)
    for k in range(out.size):
        out[k] = packed(eights, k)


@njit(nogil=True)
def packed(eights, k):  # type: ignore[no-untyped-def]
    """Word k of a row of bytes, each 0 or 1, eight of them a number."""
    bits = np.uint64(0)
    for b in range(8):
        # The product moves the lowest bit of each of the eight bytes to the topmost byte.
        bits |= ((eights[8 * k + b] * _TO_TOP) >> _TOP) << np.uint64(8 * b)
    return bits


@njit(nogil=True)
def lowest(word):  # type: ignore[no-untyped-def]
    """The lowest bit that is set, 0..63."""
    return np.int64(trailing_zeros(word))  # type: ignore[call-arg]


@njit(nogil=True)
def count(word):  # type: ignore[no-untyped-def]
    """How many bits are set. LLVM knows it by this form, and has an instruction for it."""
    word = word - ((word >> ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> _TOP)


@njit(nogil=True)
def from_left(row, k, step):  # type: ignore[no-untyped-def]
    """Word k of a row (K,), each pixel with the bit of that `step` columns to its left, 1 <= step < 64."""
    before = row[k - 1] if k > 0 else np.uint64(0)
    return (row[k] << np.uint64(step)) | (before >> np.uint64(WORD - step))


@njit(nogil=True)
def from_right(row, k):  # type: ignore[no-untyped-def]
    """Word k of a row (K,), each pixel with the bit of the next one to its right."""
    after = row[k + 1] if k + 1 < row.size else np.uint64(0)
    return (row[k] >> ONE) | (after << _LAST)


@njit(nogil=True)
def within(start, stop, k):  # type: ignore[no-untyped-def]
    """Word k of a row whose columns start <= c < stop are set, and no others; some of which are in word k."""
    bits = ALL
    if start > k * WORD:
        bits = bits << np.uint64(start - k * WORD)
    if stop < (k + 1) * WORD:
        bits = bits & ~(ALL << np.uint64(stop - k * WORD))
    return bits
