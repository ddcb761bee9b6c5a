"""Numba kernels that label pixels by the recurrent CRF of four classes and a 3 x 5 window.

They do what those of `crf.kernels` do, where only labels are wanted, in a third of the time: an iteration is one loop
over a row of pixels, that reads each probability and weight once and keeps what it makes of them in registers; and it
passes over all that no pixel in doubt depends on.

`crf.tile_layout` tells how a tile lies in memory, `crf.doubt_kernels` which pixels are in doubt.

Calls within a loop are inlined by numba, and tuples are indexed by constants alone: with anything else LLVM makes
scalar code of the loop when it compiles the function by itself, and the process that compiles it is four times slower
than those that find it in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from crf.doubt_kernels import beside, copy, find_areas, stretch
from crf.tile_layout import CLASSES, PAIRS, RING, SLOTS, N, P, Q, V

_LOG2_E = np.float32(1.4426950408889634)
_ROUND = np.float32(1.5 * 2**23)  # a float32 of this size has no fraction, and its low bits are an integer
_FAR = np.float32(-40.0)
_UNLIKELY = np.float32(-31.0)
_NAN = np.float32(np.nan)
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)

# Products may be fused with sums. Nothing is reordered (_exp2 counts on it). numpy's error model: Python's would check
# each division for zero.
_FAST: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "nsz", "arcp"}, "error_model": "numpy"}


@njit(inline="always", **_FAST)
def _exp2(x):  # type: ignore[no-untyped-def]
    """2^x of float32 x in -126..126, to 2e-7 of it."""
    rounded = x + _ROUND
    f = x - (rounded - _ROUND)
    series = np.float32(0.00132647273)  # minimax on +-0.5
    series = series * f + np.float32(0.00967151299)
    series = series * f + np.float32(0.0555073358)
    series = series * f + np.float32(0.240222424)
    series = series * f + np.float32(0.693147004)
    series = series * f + _ONE
    power = np.int32(np.float32(rounded).view(np.int32) << np.int32(23))
    return np.int32(np.float32(series).view(np.int32) + power).view(np.float32)


@njit(inline="always", **_FAST)
def _weight(squared, scale):  # type: ignore[no-untyped-def]
    """The weight of a pair of pixels; zero below 1e-12, and of NaN, which the coordinates of an empty pixel are."""
    x = squared * scale
    return _exp2(x) if x > _FAR else _ZERO


@njit(inline="always", **_FAST)
def _odds(energy):  # type: ignore[no-untyped-def]
    return _exp2(energy * _LOG2_E)


@njit(inline="always", **_FAST)
def _odds_of_highest(logit, highest):  # type: ignore[no-untyped-def]
    """Zero for what no float32 near 1 can tell from it: no product of several is subnormal then, which is slow."""
    x = (logit - highest) * _LOG2_E
    return _exp2(x) if x > _UNLIKELY else _ZERO


@njit(cache=True, **_FAST)
def _start(l0, l1, l2, l3, q):  # type: ignore[no-untyped-def]
    """Logits of a row to probabilities."""
    for j in range(l0.size):
        highest = max(l0[j], l1[j], l2[j], l3[j])
        a, b = _odds_of_highest(l0[j], highest), _odds_of_highest(l1[j], highest)
        c, d = _odds_of_highest(l2[j], highest), _odds_of_highest(l3[j], highest)
        share = _ONE / (a + b + c + d)
        q[j], q[P + j], q[2 * P + j], q[3 * P + j] = a * share, b * share, c * share, d * share


@njit(cache=True, **_FAST)
def _place(x, y, z, mask, mean, scale, points):  # type: ignore[no-untyped-def]
    """Coordinates of a row, normalised, NaN where there is no return."""
    for j in range(x.size):
        points[j] = (x[j] - mean[0]) * scale[0] if mask[j] else _NAN
        points[P + j] = (y[j] - mean[1]) * scale[1] if mask[j] else _NAN
        points[2 * P + j] = (z[j] - mean[2]) * scale[2] if mask[j] else _NAN


@njit(inline="always", **_FAST)
def _squared(points, others, i, k):  # type: ignore[no-untyped-def]
    """The squared distance of two pixels."""
    x, y, z = points[i] - others[k], points[P + i] - others[P + k], points[2 * P + i] - others[2 * P + k]
    return x * x + y * y + z * z


@njit(cache=True, **_FAST)
def _pairsbeside(points, wide, narrow, count, weights):  # type: ignore[no-untyped-def]
    """Weights of `count` pixels with those one and two to their right, for two bandwidths."""
    for j in range(count):
        one, two = _squared(points, points, j, j + 1), _squared(points, points, j, j + 2)
        weights[j], weights[P + j] = _weight(one, wide), _weight(two, wide)
        weights[PAIRS * P + j], weights[PAIRS * P + P + j] = _weight(one, narrow), _weight(two, narrow)


@njit(cache=True, **_FAST)
def _pairs_below(points, below, wide, narrow, count, weights):  # type: ignore[no-untyped-def]
    """Weights of `count` pixels with the five below them, of which the first begins `below`, for two bandwidths."""
    for j in range(count):
        a, b, c = _squared(points, below, j, j), _squared(points, below, j, j + 1), _squared(points, below, j, j + 2)
        d, e = _squared(points, below, j, j + 3), _squared(points, below, j, j + 4)
        weights[2 * P + j], weights[3 * P + j] = _weight(a, wide), _weight(b, wide)
        weights[4 * P + j], weights[5 * P + j] = _weight(c, wide), _weight(d, wide)
        weights[6 * P + j], weights[9 * P + j] = _weight(e, wide), _weight(a, narrow)
        weights[10 * P + j], weights[11 * P + j] = _weight(b, narrow), _weight(c, narrow)
        weights[12 * P + j], weights[13 * P + j] = _weight(d, narrow), _weight(e, narrow)


@njit(inline="always", **_FAST)
def _angular(q, i, next_row, next_column, second):  # type: ignore[no-untyped-def]
    """The angular message to a pixel, whose window in one class's three rows begins at q[i]."""
    down = i + 2 * Q
    near = (q[i + Q + 1] + q[i + Q + 3]) + next_row * ((q[i + 1] + q[i + 3]) + (q[down + 1] + q[down + 3]))
    far = (q[i + Q] + q[i + Q + 4]) + next_row * ((q[i] + q[i + 4]) + (q[down] + q[down + 4]))
    return next_row * (q[i + 2] + q[down + 2]) + next_column * near + second * far


@njit(inline="always", **_FAST)
def _bilateral(q, i, w, k):  # type: ignore[no-untyped-def]
    """The weighted sum of the window; w[k] is the weight of the window's first pixel with the one to its right.

    A weight is kept at the upper or left pixel of its pair. Pairs: (0, 1), (0, 2), (1, -2), (1, -1) ... (1, 2).
    """
    row, here = i + Q, k + V
    beside = w[here + P] * q[row] + w[here + 1] * q[row + 1] + w[here + 2] * q[row + 3] + w[here + P + 2] * q[row + 4]
    up, above = i, k + 2 * P
    over = w[above + 4 * P] * q[up] + w[above + 3 * P + 1] * q[up + 1] + w[above + 2 * P + 2] * q[up + 2]
    over += w[above + P + 3] * q[up + 3] + w[above + 4] * q[up + 4]
    down, below = i + 2 * Q, here + 2 * P + 2
    under = w[below] * q[down] + w[below + P] * q[down + 1] + w[below + 2 * P] * q[down + 2]
    under += w[below + 3 * P] * q[down + 3] + w[below + 4 * P] * q[down + 4]
    return beside + (over + under)


@njit(inline="always", **_FAST)
def _leads(q, w, taps, g, j):  # type: ignore[no-untyped-def]
    """What the energies of classes 1, 2 and 3 are above that of class 0, at one pixel."""
    a0, a1 = _angular(q, j, taps[0], taps[1], taps[2]), _angular(q, P + j, taps[3], taps[4], taps[5])
    a2, a3 = _angular(q, 2 * P + j, taps[6], taps[7], taps[8]), _angular(q, 3 * P + j, taps[9], taps[10], taps[11])
    b0, b1 = a0 * _bilateral(q, j, w, j), a1 * _bilateral(q, P + j, w, j)
    b2, b3 = a2 * _bilateral(q, 2 * P + j, w, PAIRS * P + j), a3 * _bilateral(q, 3 * P + j, w, PAIRS * P + j)
    i = Q + j + 2
    first = (g[0] * a0 + g[1] * b0 + g[2] * a1 + g[3] * b1) + (g[4] * a2 + g[5] * b2 + g[6] * a3 + g[7] * b3)
    second = (g[8] * a0 + g[9] * b0 + g[10] * a1 + g[11] * b1) + (g[12] * a2 + g[13] * b2 + g[14] * a3 + g[15] * b3)
    third = (g[16] * a0 + g[17] * b0 + g[18] * a1 + g[19] * b1) + (g[20] * a2 + g[21] * b2 + g[22] * a3 + g[23] * b3)
    return (q[P + i] - q[i]) + first, (q[2 * P + i] - q[i]) + second, (q[3 * P + i] - q[i]) + third


@njit(cache=True, **_FAST)
def _iterate(q, w, taps, gains, count, after):  # type: ignore[no-untyped-def]
    """The probabilities of a row after an iteration, of three rows before it and two of weights."""
    for j in range(count):
        first, second, third = _leads(q, w, taps, gains, j)
        a, b, c = _odds(first), _odds(second), _odds(third)
        share = _ONE / (_ONE + a + b + c)
        after[j], after[P + j], after[2 * P + j], after[3 * P + j] = share, a * share, b * share, c * share


@njit(cache=True, **_FAST)
def _decide(q, w, taps, gains, mask, labels):  # type: ignore[no-untyped-def]
    """The class of the highest energy after the last iteration, 0 where there is no return."""
    for j in range(labels.size):
        first, second, third = _leads(q, w, taps, gains, j)
        label = np.uint8(1) if first > _ZERO else np.uint8(0)
        best = max(first, _ZERO)
        label = np.uint8(2) if second > best else label
        label = np.uint8(3) if third > max(second, best) else label
        labels[j] = label if mask[j] else np.uint8(0)


# A slice assignment (a[:] = b) would check for overlaps and copy element by element: loops are vector code.
@njit(cache=True, nogil=True)
def _fill(out, value):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = value


@njit(cache=True, nogil=True)
def _close(q, count):  # type: ignore[no-untyped-def]
    """Empty the two columns to the right of a row of `count`."""
    for c in range(CLASSES):
        q[c * P + 2 + count] = _ZERO
        q[c * P + 3 + count] = _ZERO


@njit(cache=True, nogil=True)
def _repeat(ring, row, size, count):  # type: ignore[no-untyped-def]
    """Copy a row that is one of a ring's first `count` to its place behind the ring."""
    slot = row % SLOTS
    if slot < count:
        copy(ring[slot * size : (slot + 1) * size], ring[(SLOTS + slot) * size : (SLOTS + slot + 1) * size])


@njit(cache=True, nogil=True)
def label_pieces(  # type: ignore[no-untyped-def]
    logits, xyz, starts, mean, scale, masks, pieces, iterations, reach, widest, taps, gains, wide, narrow, settled,
    points, weights, q, codes, doubt, areas, labels,
):  # fmt: skip
    """Write the labels of pieces of several images into one, tile by tile. `crf.labeller` describes the arguments."""
    for number in range(len(pieces)):
        image, first, at, count = pieces[number]
        for done in range(0, count, widest):
            _label_tile(
                logits[image], xyz[image], starts[image], mean, scale, masks[image], first + done,
                min(count - done, widest), reach, iterations, taps, gains, wide, narrow, settled,
                points, weights, q, codes, doubt, areas, labels, at + done,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def _label_tile(  # type: ignore[no-untyped-def]
    logits, xyz, start, mean, scale, mask, first, count, reach, iterations, taps, gains, wide, narrow, settled,
    points, weights, q, codes, doubt, areas, labels, at,
):  # fmt: skip
    """Write the labels of `count` columns of an image, from `first` on, to `labels` from column `at` on.

    The image's first column shows column `start` of `xyz`, and the others follow around.

    All iterations work on the same columns, `reach` more at either side than are wanted: what lies beyond counts as
    empty, and an error moves two columns inwards with each iteration. Row by row, each iteration one row behind the
    one before it, and only in the stretches that some window in doubt can depend on: elsewhere the buffers hold what
    other rows left there, which nobody reads.
    """
    H, W = mask.shape
    left, right = max(first - reach, 0), min(first + count + reach, W)
    wanted, n, around = first - left, right - left, xyz.shape[2]
    find_areas(logits, mask, left, right, first, count, iterations, settled, codes, doubt, areas, labels, at)
    # Beyond the border of the image or the tile there is no probability, so that weights there need only be finite. The
    # two columns to its left are never written.
    _fill(points, _NAN)
    for k in range(iterations):
        _fill(q[(k * RING + SLOTS - 1) * Q : (k * RING + SLOTS) * Q], _ZERO)
    for step in range(H + iterations):
        row, slot = step, step % SLOTS
        if row < H:
            here, above = row % 2 * N + 2, (row + 1) % 2 * N + 2
            bits, s = areas[0, row], 0
            while bits >> s:
                a, b, s = stretch(bits, s, n)
                _start(
                    logits[0, row, left + a : left + b], logits[1, row, left + a : left + b],
                    logits[2, row, left + a : left + b], logits[3, row, left + a : left + b],
                    q[slot * Q + 2 + a : (slot + 1) * Q],
                )  # fmt: skip
                while a < b:
                    c = (start + left + a) % around
                    m = min(b - a, around - c)
                    _place(
                        xyz[0, row, c : c + m], xyz[1, row, c : c + m], xyz[2, row, c : c + m],
                        mask[row, left + a : left + a + m], mean, scale, points[here + a :],
                    )  # fmt: skip
                    a += m
            bits, s = bits & beside(areas[1, row]), 0
            while bits >> s:
                a, b, s = stretch(bits, s, n)
                _pairsbeside(points[here + a :], wide, narrow, b - a, weights[slot * V + 2 + a :])
            if row > 0:
                up = (row - 1) % SLOTS * V + 2
                bits, s = areas[0, row] & areas[0, row - 1] & beside(areas[1, row - 1] | areas[1, row]), 0
                while bits >> s:
                    a, b, s = stretch(bits, s, n)
                    _pairs_below(points[above + a :], points[here + a - 2 :], wide, narrow, b - a, weights[up + a :])
                if areas[0, row - 1]:
                    _repeat(weights, row - 1, V, 1)
            if areas[0, row]:
                _close(q[slot * Q :], n)
                _repeat(q, row, Q, 2)
        elif row == H:
            _repeat(weights, row - 1, V, 1)
            _fill(q[slot * Q : (slot + 1) * Q], _ZERO)
            _repeat(q, row, Q, 2)
        for k in range(iterations):
            row = step - 1 - k
            if 0 <= row < H and areas[k + 1, row]:
                up = (row - 1) % SLOTS
                before, pairs = q[(k * RING + up) * Q :], weights[up * V :]
                bits, s = areas[k + 1, row], 0
                if k == iterations - 1:
                    while bits >> s:
                        a, b, s = stretch(bits, s, wanted + count)
                        a = max(a, wanted)
                        _decide(
                            before[a:], pairs[a:], taps, gains, mask[row, left + a : left + b],
                            labels[row, at + a - wanted : at + b - wanted],
                        )  # fmt: skip
                else:
                    after = q[(k + 1) * RING * Q : (k + 2) * RING * Q]
                    while bits >> s:
                        a, b, s = stretch(bits, s, n)
                        _iterate(before[a:], pairs[a:], taps, gains, b - a, after[row % SLOTS * Q + 2 + a :])
                    _close(after[row % SLOTS * Q :], n)
                    _repeat(after, row, Q, 2)
            elif row == H and k < iterations - 1:
                after = q[(k + 1) * RING * Q : (k + 2) * RING * Q]
                slot = row % SLOTS
                _fill(after[slot * Q : (slot + 1) * Q], _ZERO)
                _repeat(after, row, Q, 2)
