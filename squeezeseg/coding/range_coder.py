"""Context-adaptive binary range coder of weights' codes, in integers only: the same bytes on every machine.

A code is a series of yes-or-no decisions: is it zero, its sign, the length of its magnitude in bits, those bits. Each
kind of decision has a probability of its own in each context, learned while coding, so that no table is stored. As in
DeepCABAC (arXiv 1905.08318); the arithmetic is that of LZMA's range coder with 16-bit probabilities.

Own code, for `constriction` has its probabilities from Python and as floats: contexts that are learned would be a call
for each decision, of which a network has millions. All kernels are in this one file, for numba's cache notices no
change of another.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST = 255
"""The largest magnitude of a code."""

_ONE = 1 << 16
_EDGE = 64
"""No probability comes nearer to 0 or 1, in 1 / 65536."""
_REMEMBERED = 512
"""Decisions that a probability is the average of, at most."""
_RECIPROCALS = np.array([(2 << 16) // (2 * n + 3) for n in range(_REMEMBERED)], np.int64)
_TOP = 1 << 24
_MASK = (1 << 32) - 1
_LEVELS = np.searchsorted(
    [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98], np.arange(129) / 128
)
"""The density of non-zero codes around a place, in 1 / 128, to one of 16 levels."""

# Contexts: zero or not (16 densities, 4 counts of neighbours), sign (3), length (4 by the neighbours' size, 8), bits.
_SIGN = 64
_LENGTH = _SIGN + 3
_BITS = _LENGTH + 4 * 8
_CONTEXTS = _BITS + (9 << 8)
_MOST_BYTES = 24
"""A code takes no more: 18 decisions of at most 10 bits."""


def encode_codes(codes: NDArray[np.int16]) -> bytes:
    """Codes (out, ...) of magnitudes up to `MOST` as bytes; 0 is the commonest.

    Neighbours are the code before, that of the same place in the kernel before and in the output channel before; the
    density is that of the output channel so far, and of the input channel.
    """
    rows, kernel = _laid_out(codes)
    if rows.size and np.abs(rows).max() > MOST:
        raise ValueError(f"codes up to {np.abs(rows).max()}, of {MOST} at most")
    buffer = np.empty(_MOST_BYTES * rows.size + 16, np.uint8)
    longest = int(np.abs(rows).max()).bit_length() if rows.size else 0
    size = _encode(rows, kernel, longest, buffer, *_contexts())
    return bytes([longest]) + buffer[:size].tobytes()


def decode_codes(data: bytes, shape: tuple[int, ...]) -> NDArray[np.int16]:
    """The codes that `encode_codes` made these bytes of. Raises ValueError if they can't be."""
    codes = np.zeros(shape, np.int16)
    if not data or data[0] > MOST.bit_length():
        raise ValueError("no codes of the range coder")
    rows, kernel = _laid_out(codes)
    read = _decode(np.frombuffer(data, np.uint8, offset=1), rows, kernel, data[0], *_contexts())
    if read != len(data) - 1:
        raise ValueError("codes of the range coder that end elsewhere")
    return codes


def _laid_out(codes: NDArray[np.int16]) -> tuple[NDArray[np.int16], int]:
    """Codes as one row for each output channel, and the size of a kernel."""
    kernel = max(int(np.prod(codes.shape[2:])), 1)
    height = codes.shape[0] if codes.ndim > 1 else 1
    return np.ascontiguousarray(codes, np.int16).reshape(height, codes.size // max(height, 1)), kernel


def _contexts() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Probabilities of no, in 1 / 65536, and how often each was asked."""
    return np.full(_CONTEXTS, _ONE // 2, np.int64), np.zeros(_CONTEXTS, np.int64)


@njit(cache=True, nogil=True, inline="always")
def _learn(context, bit, chances, counts):  # type: ignore[no-untyped-def]
    n = counts[context]
    aim = 0 if bit else _ONE
    chance = chances[context] + (((aim - chances[context]) * _RECIPROCALS[n]) >> 16)
    chances[context] = min(max(chance, _EDGE), _ONE - _EDGE)
    if n + 1 < _REMEMBERED:
        counts[context] = n + 1


@njit(cache=True, nogil=True)
def _around(rows, r, c, kernel, in_row, seen, of_channel, total):  # type: ignore[no-untyped-def]
    """Contexts of a place: of zero or not, of the sign, of the length."""
    left = rows[r, c - 1] if c else np.int16(0)
    up = rows[r - 1, c] if r else np.int16(0)
    before = rows[r, c - kernel] if c >= kernel else np.int16(0)
    mean = (total << 12) // (seen + 1)
    row = ((in_row << 12) + 4 * mean) // (c + 4)
    channel = ((of_channel << 12) + 4 * mean) // (r * kernel + c % kernel + 4)
    level = _LEVELS[min((row + channel) >> 6, 128)]
    size = abs(left) + abs(up) + abs(before)
    return (
        level * 4 + (left != 0) + (up != 0) + (before != 0),
        _SIGN + (left > 0) + 2 * (left < 0),
        _LENGTH + 8 * ((size > 0) + (size > 4) + (size > 16)),
    )


@njit(cache=True, nogil=True)
def _put(state, buffer, context, bit, chances, counts):  # type: ignore[no-untyped-def]
    """Code a decision. state: low, range, held byte, bytes that wait for a carry, bytes written."""
    bound = (state[1] >> 16) * chances[context]
    if bit:
        state[0] += bound
        state[1] -= bound
    else:
        state[1] = bound
    _learn(context, bit, chances, counts)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        _shift(state, buffer)


@njit(cache=True, nogil=True)
def _shift(state, buffer):  # type: ignore[no-untyped-def]
    """Move the low end's top byte out, a carry into those that wait."""
    low = state[0]
    if low < 0xFF000000 or low > _MASK:
        carry = low >> 32
        if state[4] >= 0:  # the first byte is always zero, and isn't written
            buffer[state[4]] = (state[2] + carry) & 255
        state[4] += 1
        while state[3] > 0:
            buffer[state[4]] = (255 + carry) & 255
            state[4] += 1
            state[3] -= 1
        state[2] = (low >> 24) & 255
    else:
        state[3] += 1
    state[0] = (low & 0x00FFFFFF) << 8


@njit(cache=True, nogil=True)
def _encode(rows, kernel, longest, buffer, chances, counts):  # type: ignore[no-untyped-def]
    height, width = rows.shape
    state = np.array([0, _MASK, 0, 0, -1], np.int64)
    channels = np.zeros(width // kernel + 1, np.int64)
    total = seen = 0
    if longest == 0:
        return 0
    for r in range(height):
        in_row = 0
        for c in range(width):
            zero, sign, length = _around(rows, r, c, kernel, in_row, seen, channels[c // kernel], total)
            code = rows[r, c]
            seen += 1
            _put(state, buffer, zero, code != 0, chances, counts)
            if code == 0:
                continue
            in_row, total = in_row + 1, total + 1
            channels[c // kernel] += 1
            _put(state, buffer, sign, code < 0, chances, counts)
            size = abs(np.int64(code))
            bits = 1
            while bits < longest:
                more = (size >> bits) != 0
                _put(state, buffer, length + bits - 1, more, chances, counts)
                if not more:
                    break
                bits += 1
            for place in range(bits - 2, -1, -1):
                context = _BITS + (bits << 8) + (size >> (place + 1))
                _put(state, buffer, context, (size >> place) & 1, chances, counts)
    for _ in range(5):
        _shift(state, buffer)
    return max(state[4], 0)


@njit(cache=True, nogil=True)
def _get(state, data, context, chances, counts):  # type: ignore[no-untyped-def]
    """Decode a decision. state: code, range, bytes read."""
    bound = (state[1] >> 16) * chances[context]
    bit = state[0] >= bound
    if bit:
        state[0] -= bound
        state[1] -= bound
    else:
        state[1] = bound
    _learn(context, bit, chances, counts)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        byte = data[state[2]] if state[2] < data.size else 0
        state[0] = ((state[0] << 8) | byte) & _MASK
        state[2] += 1
    return bit


@njit(cache=True, nogil=True)
def _decode(data, rows, kernel, longest, chances, counts):  # type: ignore[no-untyped-def]
    height, width = rows.shape
    state = np.array([0, _MASK, 4], np.int64)
    channels = np.zeros(width // kernel + 1, np.int64)
    total = seen = 0
    if longest == 0:
        return 0
    for k in range(4):
        state[0] = (state[0] << 8) | (data[k] if k < data.size else 0)
    for r in range(height):
        in_row = 0
        for c in range(width):
            zero, sign, length = _around(rows, r, c, kernel, in_row, seen, channels[c // kernel], total)
            seen += 1
            if not _get(state, data, zero, chances, counts):
                continue
            in_row, total = in_row + 1, total + 1
            channels[c // kernel] += 1
            negative = _get(state, data, sign, chances, counts)
            bits = 1
            while bits < longest and _get(state, data, length + bits - 1, chances, counts):
                bits += 1
            size = 1
            for _ in range(bits - 1):
                size = 2 * size + _get(state, data, _BITS + (bits << 8) + size, chances, counts)
            rows[r, c] = -size if negative else size
    return state[2]
