"""Context-adaptive binary range coder of weights' codes, in integers only: the same bytes on every machine.

A code is a series of yes-or-no decisions: has its magnitude more than so many bits, its sign, those bits. Each kind of
decision has a probability of its own in each context, learned while coding, so that no table is stored. As in DeepCABAC
(arXiv 1905.08318); the arithmetic is that of LZMA's range coder with 16-bit probabilities.

Contexts are two. How large a code is to be expected: output channels, input channels and places in the kernel differ,
and what has been coded of each, multiplied, says how. And what its neighbours in the kernel are, for trained kernels
are smooth, as pictures are: they tell the sign, and whether it is a large one.

Own code, for `constriction` has its probabilities from Python and as floats: contexts that are learned would be a call
for each decision, of which a network has millions.
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
_COUNT_BITS = 9
_REMEMBERED = 1 << _COUNT_BITS
"""Decisions that a probability is the average of, at most."""
_RECIPROCALS = np.array([(2 << 16) // (2 * n + 3) for n in range(_REMEMBERED)], np.int64)
_TOP = 1 << 24
_MASK = (1 << 32) - 1

_OCTAVE = 64
_LOGS = np.array([0, *((n**_OCTAVE).bit_length() - 1 for n in range(1, 1 << 11))], np.int64)
"""Logarithms to base 2 of whole numbers, in 1 / 64, rounded down."""
_UNIT = 16
"""Sums of magnitudes are kept in 1 / 16."""
_TRUST = 4
"""Codes that what is expected weighs as much as, against those that a channel has had."""

# Contexts: more bits than so many (56 levels, 7 kinds of neighbours, up to 8 bits), sign, first bits of the magnitude.
_LEVELS, _KINDS, _BITS = 56, 7, 8
_LEAST = 9 * _OCTAVE // 2
"""Level 0 ends a quarter of an octave above 2^-4.5, the expected magnitude."""
_ALONE = 6
"""The kind of neighbours of a kernel's first place, which has none."""
_SIGN = _LEVELS * _KINDS * _BITS
_MANTISSA = _SIGN + 3 * 2 * _ALONE
_LEARNED = 4
"""First bits of a magnitude behind its leading one that have contexts; the others are as likely 0 as 1."""
_CONTEXTS = _MANTISSA + ((_BITS + 1) * 9 << _LEARNED)
_MOST_BYTES = 24
"""A code takes no more: 13 decisions of at most 10 bits."""


def encode_codes(codes: NDArray[np.int16]) -> bytes:
    """Codes (out, in, rows, columns) of magnitudes up to `MOST` as bytes, or of any other shape."""
    rows, kernel, width = _laid_out(codes)
    largest = int(np.abs(rows.astype(np.int32)).max(initial=0))
    if largest > MOST:
        raise ValueError(f"codes up to {largest}, of {MOST} at most")
    longest = largest.bit_length()
    buffer = np.empty(_MOST_BYTES * rows.size + 16, np.uint8)
    size = _encode(buffer, rows, kernel, width, longest, _contexts())
    return bytes([longest]) + buffer[:size].tobytes()


def decode_codes(data: bytes, shape: tuple[int, ...]) -> NDArray[np.int16]:
    """The codes that `encode_codes` made these bytes of. Raises ValueError if they can't be."""
    codes = np.zeros(shape, np.int16)
    if not data or data[0] > _BITS:
        raise ValueError("no codes of the range coder")
    rows, kernel, width = _laid_out(codes)
    read = _decode(np.frombuffer(data, np.uint8, offset=1), rows, kernel, width, data[0], _contexts())
    if read != len(data) - 1:
        raise ValueError("codes of the range coder that end elsewhere")
    return codes


def _laid_out(codes: NDArray[np.int16]) -> tuple[NDArray[np.int16], int, int]:
    """Codes as one row for each output channel; the size of a kernel, and its width."""
    kernel = max(int(np.prod(codes.shape[2:])), 1)
    height = codes.shape[0] if codes.ndim > 1 else 1
    rows = np.ascontiguousarray(codes, np.int16).reshape(height, codes.size // max(height, 1))
    return rows, kernel, max(codes.shape[-1], 1) if codes.ndim > 2 else 1


def _contexts() -> NDArray[np.int32]:
    """Of each context the probability of no, in 1 / 65536, and how often it was asked, in one number.

    They are small so that all stay in the memory next to the processor.
    """
    return np.full(_CONTEXTS, _ONE // 2 << _COUNT_BITS, np.int32)


@njit(cache=True, nogil=True, error_model="numpy")
def _log(number):  # type: ignore[no-untyped-def]
    """The logarithm of a whole number from 1 on, in 1 / 64 of an octave."""
    octaves = 0
    while number >= 1 << 15:
        number >>= 5
        octaves += 5
    while number >= 1 << 10:
        number >>= 1
        octaves += 1
    return _LOGS[number] + _OCTAVE * octaves


@njit(cache=True, nogil=True, error_model="numpy")
def _around(kernel, width):  # type: ignore[no-untyped-def]
    """What a place in a kernel has: 1 for a neighbour to the left, 2 for one above."""
    return np.array([(t % width > 0) + 2 * (t >= width) for t in range(kernel)], np.int64)


@njit(cache=True, nogil=True, error_model="numpy")
def _scale(r, j, inputs, kernel, total, of_output, of_input, of_place, places):  # type: ignore[no-untyped-def]
    """What is expected of the magnitudes in a kernel, as `_log` of it, but for what the place adds, in `places`."""
    mean = (total + _UNIT // 2) // ((r * inputs + j) * kernel + 1) + 1
    if r == 0 or j == 0:
        for t in range(kernel):
            places[t] = _log(of_place[t] + 2 * _TRUST * mean) - _log(r * inputs + j + 2 * _TRUST)
    output = _log(of_output + _TRUST * mean) - _log(j * kernel + _TRUST)
    return output + _log(of_input[j] + _TRUST * mean) - _log(r * kernel + _TRUST) - 2 * _log(mean) - 4 * _OCTAVE


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _place(rows, r, c, t, width, around, expected, longest):  # type: ignore[no-untyped-def]
    """Contexts of a code: the first of its length, the length to ask for first, that of its sign."""
    left = np.int64(rows[r, c - 1]) if around & 1 else np.int64(0)
    up = np.int64(rows[r, c - width]) if around & 2 else np.int64(0)
    both = np.int64(rows[r, c - width - 1]) if around == 3 else np.int64(0)
    guess = 2 * (left + up) - both
    kind = 0
    if guess != 0:
        kind = min(max(((_LOGS[abs(guess)] - _OCTAVE - expected) >> 6) + 3, 1), 5)
    level = min(max((expected + _LEAST) >> 4, 0), _LEVELS - 1)
    return (
        _BITS * (_KINDS * level + (kind if t else _ALONE)),
        min(max((level >> 2) - 3, 0), longest - 1),
        _SIGN + 2 * (kind + _ALONE * ((left != 0) + (up != 0))) + (guess < 0),
    )


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _mantissa(bits, expected):  # type: ignore[no-untyped-def]
    """Contexts of a magnitude's bits behind its leading one: of the first two, of the next."""
    near = min(max(((expected - _OCTAVE * bits) >> 5) + 6, 0), 7)
    return _MANTISSA + ((9 * bits + near) << _LEARNED), _MANTISSA + ((9 * bits + 8) << _LEARNED)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _learn(contexts, context, known, bit):  # type: ignore[no-untyped-def]
    n = known & (_REMEMBERED - 1)
    chance = known >> _COUNT_BITS
    aim = 0 if bit else _ONE
    chance = min(max(chance + (((aim - chance) * _RECIPROCALS[n]) >> 16), _EDGE), _ONE - _EDGE)
    contexts[context] = (chance << _COUNT_BITS) | min(n + 1, _REMEMBERED - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _put(state, buffer, context, bit, contexts):  # type: ignore[no-untyped-def]
    """Code a decision. state: low, range, held byte, bytes that wait for a carry, bytes written."""
    known = np.int64(contexts[context])
    bound = (state[1] >> 16) * (known >> _COUNT_BITS)
    if bit:
        state[0] += bound
        state[1] -= bound
    else:
        state[1] = bound
    _learn(contexts, context, known, bit)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        _shift(state, buffer)


@njit(cache=True, nogil=True, error_model="numpy")
def _put_plain(state, buffer, number, bits):  # type: ignore[no-untyped-def]
    """Code so many bits that are as likely 0 as 1."""
    for place in range(bits - 1, -1, -1):
        state[1] >>= 1
        state[0] += state[1] * ((number >> place) & 1)
    while state[1] < _TOP:
        state[1] = (state[1] << 8) & _MASK
        _shift(state, buffer)


@njit(cache=True, nogil=True, error_model="numpy")
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
def _encode(buffer, rows, kernel, width, longest, contexts):  # type: ignore[no-untyped-def]
    if longest == 0:
        return 0
    height, inputs = rows.shape[0], rows.shape[1] // kernel
    state = np.array([0, _MASK, 0, 0, -1], np.int64)
    around, places = _around(kernel, width), np.zeros(kernel, np.int64)
    of_input, of_place = np.zeros(inputs, np.int64), np.zeros(kernel, np.int64)
    total = np.int64(0)
    for r in range(height):
        of_output = np.int64(0)
        for j in range(inputs):
            scale = _scale(r, j, inputs, kernel, total, of_output, of_input, of_place, places)
            for t in range(kernel):
                c = j * kernel + t
                expected = scale + places[t]
                length, start, sign = _place(rows, r, c, t, width, around[t], expected, longest)
                code = np.int64(rows[r, c])
                size = abs(code)
                bits = 0
                while size >> bits:
                    bits += 1
                k = start
                _put(state, buffer, length + k, bits > k, contexts)
                while bits > k and k + 1 < longest:
                    k += 1
                    _put(state, buffer, length + k, bits > k, contexts)
                if k == start:
                    while bits <= k and k > 0:
                        k -= 1
                        _put(state, buffer, length + k, bits > k, contexts)
                if code == 0:
                    continue
                _put(state, buffer, sign, code < 0, contexts)
                first, next_ = _mantissa(bits, expected)
                learned = min(bits - 1, _LEARNED)
                for k in range(learned):
                    place = bits - 2 - k
                    context = (first if k < 2 else next_) + (size >> (place + 1))
                    _put(state, buffer, context, (size >> place) & 1, contexts)
                plain = bits - 1 - learned
                if plain > 0:
                    _put_plain(state, buffer, size & ((1 << plain) - 1), plain)
                of_output += _UNIT * size
                of_input[j] += _UNIT * size
                of_place[t] += _UNIT * size
                total += _UNIT * size
    for _ in range(5):
        _shift(state, buffer)
    return max(state[4], 0)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _get(low, span, at, data, context, contexts):  # type: ignore[no-untyped-def]
    """Decode a decision. low, span, at: code, range, bytes read.

    They are handed to and fro, for numbers stay in registers, and an array doesn't.
    """
    known = np.int64(contexts[context])
    bound = (span >> 16) * (known >> _COUNT_BITS)
    bit = low >= bound
    if bit:
        low -= bound
        span -= bound
    else:
        span = bound
    _learn(contexts, context, known, bit)
    while span < _TOP:
        span <<= 8
        low = ((low << 8) | (data[at] if at < data.size else 0)) & _MASK
        at += 1
    return bit, low, span, at


@njit(cache=True, nogil=True, error_model="numpy")
def _decode(data, rows, kernel, width, longest, contexts):  # type: ignore[no-untyped-def]
    if longest == 0:
        return 0
    height, inputs = rows.shape[0], rows.shape[1] // kernel
    low, span, at = 0, _MASK, 4
    for k in range(4):
        low = (low << 8) | (data[k] if k < data.size else 0)
    around, places = _around(kernel, width), np.zeros(kernel, np.int64)
    of_input, of_place = np.zeros(inputs, np.int64), np.zeros(kernel, np.int64)
    total = 0
    for r in range(height):
        of_output = 0
        for j in range(inputs):
            scale = _scale(r, j, inputs, kernel, total, of_output, of_input, of_place, places)
            for t in range(kernel):
                c = j * kernel + t
                expected = scale + places[t]
                length, bits, sign = _place(rows, r, c, t, width, around[t], expected, longest)
                more, low, span, at = _get(low, span, at, data, length + bits, contexts)
                step = 1 if more else -1
                bits += more
                while 0 < bits < longest:
                    again, low, span, at = _get(low, span, at, data, length + bits - (not more), contexts)
                    if again != more:
                        break
                    bits += step
                if bits == 0:
                    continue
                negative, low, span, at = _get(low, span, at, data, sign, contexts)
                first, next_ = _mantissa(bits, expected)
                size = 1
                for k in range(min(bits - 1, _LEARNED)):
                    context = (first if k < 2 else next_) + size
                    bit, low, span, at = _get(low, span, at, data, context, contexts)
                    size = 2 * size + bit
                for _ in range(bits - 1 - _LEARNED):
                    span >>= 1
                    bit = low >= span
                    low -= span * bit
                    size = 2 * size + bit
                while span < _TOP:
                    span <<= 8
                    low = ((low << 8) | (data[at] if at < data.size else 0)) & _MASK
                    at += 1
                rows[r, c] = -size if negative else size
                of_output += _UNIT * size
                of_input[j] += _UNIT * size
                of_place[t] += _UNIT * size
                total += _UNIT * size
    return at
