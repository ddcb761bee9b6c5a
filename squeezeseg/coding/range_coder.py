"""Context-adaptive binary range coder of weights' codes, in integers only: the same bytes on every machine.

A code is a series of yes-or-no decisions: has its magnitude more than so many bits, its sign, those bits. Each kind of
decision has a probability of its own in each context (`range_contexts`), learned while coding, so that no table is
stored. As in DeepCABAC (arXiv 1905.08318); the arithmetic is that of LZMA's range coder with 16-bit probabilities.

Own code, for `constriction` has its probabilities from Python and as floats: contexts that are learned would be a call
for each decision, of which a network has millions.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from squeezeseg.coding.range_contexts import (
    COUNT_BITS,
    LEARNED,
    MAX_BITS,
    UNIT,
    contexts_at,
    fresh_contexts,
    learn,
    mantissa_contexts,
    neighbours,
    part,
    scale_of,
)

MOST = 255
"""The largest magnitude of a code."""
_TOP = 1 << 24
_MASK = (1 << 32) - 1
_MOST_BYTES = 24
"""A code takes no more: 13 decisions of at most 10 bits."""


def encode_codes(codes: NDArray[np.int16]) -> bytes:
    """Codes (out, in, rows, columns) of magnitudes up to `MOST` as bytes, or of any other shape."""
    rows, kernel, width = _laid_out(codes)
    largest = int(np.abs(rows.astype(np.int32)).max(initial=0))
    if largest > MOST:
        raise ValueError(f"codes up to {largest}, of {MOST} at most")
    if largest == 0:
        return bytes(1)
    longest, around = largest.bit_length(), neighbours(kernel, width)
    buffer = np.empty(_MOST_BYTES * rows.size + 16, np.uint8)
    size = _encode(buffer, rows, around, width, longest, fresh_contexts(), *_sums(rows, kernel))
    return bytes([longest]) + buffer[:size].tobytes()


def decode_codes(data: bytes, shape: tuple[int, ...]) -> NDArray[np.int16]:
    """The codes that `encode_codes` made these bytes of. Raises ValueError if they can't be."""
    codes = np.zeros(shape, np.int16)
    if not data or data[0] > MAX_BITS:
        raise ValueError("no codes of the range coder")
    rows, kernel, width = _laid_out(codes)
    longest, stream, read = data[0], np.frombuffer(data, np.uint8, offset=1), 0
    if longest:
        around = neighbours(kernel, width)
        read = _decode(stream, rows, around, width, longest, fresh_contexts(), *_sums(rows, kernel))
    if read != len(stream):
        raise ValueError("codes of the range coder that end elsewhere")
    return codes


def _laid_out(codes: NDArray[np.int16]) -> tuple[NDArray[np.int16], int, int]:
    """Codes as one row for each output channel; the size of a kernel, and its width."""
    kernel = max(int(np.prod(codes.shape[2:])), 1)
    height = codes.shape[0] if codes.ndim > 1 else 1
    rows = np.ascontiguousarray(codes, np.int16).reshape(height, codes.size // max(height, 1))
    return rows, kernel, max(codes.shape[-1], 1) if codes.ndim > 2 else 1


def _sums(rows: NDArray[np.int16], kernel: int) -> tuple[NDArray[np.int64], ...]:
    """For what is expected of the places in a kernel, and the sums of magnitudes by input channel and by place."""
    inputs = rows.shape[1] // kernel
    return np.zeros(kernel, np.int64), np.zeros(inputs, np.int64), np.zeros(kernel, np.int64)


@part
def _put(state, buffer, context, bit, contexts):  # type: ignore[no-untyped-def]
    """Code a decision. state: low, range, held byte, bytes that wait for a carry, bytes written."""
    known = np.int64(contexts[context])
    bound = (state[1] >> 16) * (known >> COUNT_BITS)
    if bit:
        state[0] += bound
        state[1] -= bound
    else:
        state[1] = bound
    learn(contexts, context, known, bit)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        _shift(state, buffer)


@part
def _put_plain(state, buffer, number, bits):  # type: ignore[no-untyped-def]
    """Code so many bits that are as likely 0 as 1."""
    for place in range(bits - 1, -1, -1):
        state[1] >>= 1
        state[0] += state[1] * ((number >> place) & 1)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        _shift(state, buffer)


@part
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


@njit(cache=True, nogil=True, error_model="numpy")
def _encode(buffer, rows, around, width, longest, contexts, places, of_input, of_place):  # type: ignore[no-untyped-def]
    """The bytes written into `buffer`. places, of_input, of_place: of `_sums`, which are changed."""
    kernel, inputs = places.size, of_input.size
    state = np.array([0, _MASK, 0, 0, -1], np.int64)
    total = np.int64(0)
    for r in range(rows.shape[0]):
        of_output = np.int64(0)
        for j in range(inputs):
            scale = scale_of(r, j, inputs, kernel, total, of_output, of_input, of_place, places)
            for t in range(kernel):
                c = j * kernel + t
                expected = scale + places[t]
                length, k, sign = contexts_at(rows, r, c, t, width, around[t], expected, longest)
                code = np.int64(rows[r, c])
                size = abs(code)
                bits = 0
                while size >> bits:
                    bits += 1
                way = 0
                while True:  # as in `_decode`
                    more = bits > k
                    _put(state, buffer, length + k, more, contexts)
                    if more:
                        k += 1
                        if way < 0 or k == longest:
                            break
                        way = 1
                    else:
                        if way > 0 or k == 0:
                            break
                        k -= 1
                        way = -1
                if code == 0:
                    continue
                _put(state, buffer, sign, code < 0, contexts)
                first, next_ = mantissa_contexts(bits, expected)
                learned = min(bits - 1, LEARNED)
                for k in range(learned):
                    place = bits - 2 - k
                    context = (first if k < 2 else next_) + (size >> (place + 1))
                    _put(state, buffer, context, (size >> place) & 1 == 1, contexts)
                plain = bits - 1 - learned
                if plain > 0:
                    _put_plain(state, buffer, size & ((1 << plain) - 1), plain)
                size *= UNIT
                of_output += size
                of_input[j] += size
                of_place[t] += size
                total += size
    for _ in range(5):
        _shift(state, buffer)
    return max(state[4], 0)


@part
def _get(low, span, at, data, context, contexts):  # type: ignore[no-untyped-def]
    """Decode a decision, 0 or 1. low, span, at: code, range, bytes read.

    They are handed to and fro, for numbers stay in registers, and an array doesn't.
    """
    known = np.int64(contexts[context])
    bound = (span >> 16) * (known >> COUNT_BITS)
    bit = np.int64(low >= bound)
    if bit:
        low -= bound
        span -= bound
    else:
        span = bound
    learn(contexts, context, known, bit)
    low, span, at = _refilled(low, span, at, data)
    return bit, low, span, at


@part
def _refilled(low, span, at, data):  # type: ignore[no-untyped-def]
    while span < _TOP:
        span <<= 8
        low = ((low << 8) | (np.int64(data[at]) if at < data.size else 0)) & _MASK
        at += 1
    return low, span, at


@njit(cache=True, nogil=True, error_model="numpy")
def _decode(data, rows, around, width, longest, contexts, places, of_input, of_place):  # type: ignore[no-untyped-def]
    """The bytes read of `data`; `rows` are filled. places, of_input, of_place: of `_sums`, which are changed."""
    kernel, inputs = places.size, of_input.size
    low, span, at = np.int64(0), np.int64(_MASK), np.int64(0)
    while at < 4:
        low = (low << 8) | (np.int64(data[at]) if at < data.size else 0)
        at += 1
    total = np.int64(0)
    for r in range(rows.shape[0]):
        of_output = np.int64(0)
        for j in range(inputs):
            scale = scale_of(r, j, inputs, kernel, total, of_output, of_input, of_place, places)
            for t in range(kernel):
                c = j * kernel + t
                expected = scale + places[t]
                length, bits, sign = contexts_at(rows, r, c, t, width, around[t], expected, longest)
                way = 0
                while True:  # more bits than so many, up or down from where the length is expected
                    more, low, span, at = _get(low, span, at, data, length + bits, contexts)
                    if more:
                        bits += 1
                        if way < 0 or bits == longest:
                            break
                        way = 1
                    else:
                        if way > 0 or bits == 0:
                            break
                        bits -= 1
                        way = -1
                if bits == 0:
                    continue
                negative, low, span, at = _get(low, span, at, data, sign, contexts)
                first, next_ = mantissa_contexts(bits, expected)
                size = np.int64(1)
                for k in range(min(bits - 1, LEARNED)):
                    context = (first if k < 2 else next_) + size
                    bit, low, span, at = _get(low, span, at, data, context, contexts)
                    size = 2 * size + bit
                for _ in range(bits - 1 - LEARNED):
                    span >>= 1
                    bit = np.int64(low >= span)
                    low -= span * bit
                    size = 2 * size + bit
                low, span, at = _refilled(low, span, at, data)
                rows[r, c] = -size if negative else size
                size *= UNIT
                of_output += size
                of_input[j] += size
                of_place[t] += size
                total += size
    return at
