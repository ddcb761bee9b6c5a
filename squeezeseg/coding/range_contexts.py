"""Contexts of the range coder: which probability a decision has, and how it learns.

How large a code is to be expected is one part: output channels, input channels and places in the kernel differ, and
what has been coded of each, multiplied, says how. The other is what its neighbours in the kernel are, for trained
kernels are smooth, as pictures are: they tell the sign, and whether it is a large one.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_BITS = 8
"""Of a code's magnitude."""
LEARNED = 4
"""First bits of a magnitude behind its leading one that have contexts; the others are as likely 0 as 1."""
UNIT = 16
"""Sums of magnitudes are kept in 1 / 16."""
COUNT_BITS = 9

_ONE = 1 << 16
_EDGE = 64
"""No probability comes nearer to 0 or 1, in 1 / 65536."""
_REMEMBERED = 1 << COUNT_BITS
"""Decisions that a probability is the average of, at most."""
_RECIPROCALS = np.array([(2 << 16) // (2 * n + 3) for n in range(_REMEMBERED)], np.int64)

_OCTAVE = 64
_LOGS = np.array([0, *((n**_OCTAVE).bit_length() - 1 for n in range(1, 1 << 11))], np.int64)
"""Logarithms to base 2 of whole numbers, in 1 / 64, rounded down."""
_TRUST = 4
"""Codes that what is expected weighs as much as, against those that a channel has had."""

# Contexts: more bits than so many (56 levels, 7 kinds of neighbours, up to 8 bits), sign, first bits of the magnitude.
_LEVELS, _KINDS = 56, 7
_LEAST = 9 * _OCTAVE // 2
"""Level 0 ends a quarter of an octave above 2^-4.5, the expected magnitude."""
_ALONE = 6
"""The kind of neighbours of a kernel's first place, which has none."""
_SIGN = _LEVELS * _KINDS * MAX_BITS
_MANTISSA = _SIGN + 3 * 2 * _ALONE
_CONTEXTS = _MANTISSA + ((MAX_BITS + 1) * 9 << LEARNED)

_BARE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
part = njit(nogil=True, error_model="numpy", **_BARE)  # type: ignore[call-overload] # numba's types lack these two
"""Part of a kernel. It is compiled along with it and never called from Python, so it needs no wrapper; handed int64
alone, it is compiled once. Inlined by numba it would be compiled at each place: half the time of the first start."""


def fresh_contexts() -> NDArray[np.int32]:
    """Of each context the probability of no, in 1 / 65536, and how often it was asked, in one number.

    They are small so that all stay in the memory next to the processor.
    """
    return np.full(_CONTEXTS, _ONE // 2 << COUNT_BITS, np.int32)


def neighbours(kernel: int, width: int) -> NDArray[np.int64]:
    """What each place in a kernel has: 1 for a neighbour to the left, 2 for one above."""
    places = np.arange(kernel)
    return (places % width > 0) + 2 * (places >= width)


@part
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


@part
def scale_of(r, j, inputs, kernel, total, of_output, of_input, of_place, places):  # type: ignore[no-untyped-def]
    """What is expected of the magnitudes in a kernel, as `_log` of it, but for what the place adds, in `places`."""
    mean = (total + UNIT // 2) // ((r * inputs + j) * kernel + 1) + 1
    if r == 0 or j == 0:
        for t in range(kernel):
            places[t] = _log(of_place[t] + 2 * _TRUST * mean) - _log(r * inputs + j + 2 * _TRUST)
    output = _log(of_output + _TRUST * mean) - _log(j * kernel + _TRUST)
    return output + _log(of_input[j] + _TRUST * mean) - _log(r * kernel + _TRUST) - 2 * _log(mean) - 4 * _OCTAVE


@part
def contexts_at(rows, r, c, t, width, around, expected, longest):  # type: ignore[no-untyped-def]
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
        MAX_BITS * (_KINDS * level + (kind if t else _ALONE)),
        min(max((level >> 2) - 3, 0), longest - 1),
        _SIGN + 2 * (kind + _ALONE * ((left != 0) + (up != 0))) + (guess < 0),
    )


@part
def mantissa_contexts(bits, expected):  # type: ignore[no-untyped-def]
    """Contexts of a magnitude's bits behind its leading one: of the first two, of the next."""
    near = min(max(((expected - _OCTAVE * bits) >> 5) + 6, 0), 7)
    return _MANTISSA + ((9 * bits + near) << LEARNED), _MANTISSA + ((9 * bits + 8) << LEARNED)


@part
def learn(contexts, context, known, bit):  # type: ignore[no-untyped-def]
    """Move the probability of a context towards a decision. known: its number of `fresh_contexts`."""
    n = known & (_REMEMBERED - 1)
    chance = known >> COUNT_BITS
    aim = 0 if bit else _ONE
    chance = min(max(chance + (((aim - chance) * _RECIPROCALS[n]) >> 16), _EDGE), _ONE - _EDGE)
    contexts[context] = (chance << COUNT_BITS) | min(n + 1, _REMEMBERED - 1)
