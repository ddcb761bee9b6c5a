"""The CRF's numba kernels: serial, without the interpreter's lock, allocating nothing.

Plain loops over contiguous rows with at most eight arrays that are read and one that is written: that many
LLVM checks for overlap, and then makes vector code of the loop. All kernels are in this one file because
numba's cache notices changes of the file that the outermost function is in, and of no other.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# NaN and infinity keep their meaning, all else may be reordered so that loops become vector code.
_FAST = {"contract", "reassoc", "nsz", "arcp"}
_LOWEST = np.float32(-87.0)  # exp of less is no normal float32
_LOG2_E = np.float32(1.4426950408889634)
_LN_2 = np.float32(0.6931471805599453)
_FAR = np.float32(1e30)


@njit(cache=True, nogil=True, fastmath=_FAST, inline="always")
def _exp(x):  # type: ignore[no-untyped-def]
    """e^x of float32 x <= 0 to 2e-7, zero below -87: plain arithmetic, which vectorises where libm's does not."""
    clamped = max(x, _LOWEST)
    whole = np.floor(clamped * _LOG2_E + np.float32(0.5))
    f = clamped - whole * _LN_2  # within +-0.35, where the series below is good to 2e-8
    series = np.float32(1 / 720)
    series = series * f + np.float32(1 / 120)
    series = series * f + np.float32(1 / 24)
    series = series * f + np.float32(1 / 6)
    series = series * f + np.float32(0.5)
    series = series * f + np.float32(1.0)
    series = series * f + np.float32(1.0)
    power = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
    return series * power if x > _LOWEST else np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=_FAST)
def run(  # type: ignore[no-untyped-def]
    logits, xyz, mask, angular_matrix, bilateral_matrix, iterations, block, offsets, row_taps, column_taps, scales,
    of_class, weights, q, next_q, blurred, scratch, angular, bilateral, out,
):  # fmt: skip
    """All of `crf.meanfield.mean_field`. The buffers are those of `crf.workspace.Workspace`, which describes them."""
    C, H, W = logits.shape
    R, S = row_taps.shape[1], column_taps.shape[1]
    P = W + 2 * S
    _pair_weights(xyz, mask, offsets, scales, R, S, weights, scratch)
    for c in range(C):
        for i in range(H):
            start = (i + R) * P + S
            _copy(logits[c, i], q[c, start : start + W])
    for first in range(0, H, block):
        rows = min(block, H - first)
        _softmax(q, (first + R) * P, rows, W, S, scratch)
    for _ in range(iterations - 1):
        for first in range(0, H, block):
            rows = min(block, H - first)
            start = (first + R) * P
            _iterate(
                q, next_q, start + S, rows * P - 2 * S, P, angular_matrix, bilateral_matrix, offsets, row_taps,
                column_taps, of_class, weights, blurred, angular, bilateral,
            )  # fmt: skip
            _softmax(next_q, start, rows, W, S, scratch)
        q, next_q = next_q, q
    for first in range(0, H, block):
        rows = min(block, H - first)
        _iterate(
            q, next_q, (first + R) * P + S, rows * P - 2 * S, P, angular_matrix, bilateral_matrix, offsets, row_taps,
            column_taps, of_class, weights, blurred, angular, bilateral,
        )  # fmt: skip
        for c in range(C):
            for i in range(first, first + rows):
                start = (i + R) * P + S
                _copy(next_q[c, start : start + W], out[c, i])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _pair_weights(xyz, mask, offsets, scales, R, S, weights, squared):  # type: ignore[no-untyped-def]
    """Fill `weights`: exp(scale * squared distance) of each pixel and its neighbours, zero if either is empty."""
    H, W = mask.shape
    P = W + 2 * S
    for i in range(H):
        for k in range(offsets.shape[0]):
            n = i + offsets[k, 0]
            if n >= H:
                break
            shift = offsets[k, 1]
            first, last = max(0, -shift), min(W, W - shift)
            if last <= first:
                continue
            _squared_distances(
                xyz[0, i, first:last], xyz[1, i, first:last], xyz[2, i, first:last],
                xyz[0, n, first + shift : last + shift], xyz[1, n, first + shift : last + shift],
                xyz[2, n, first + shift : last + shift],
                mask[i, first:last], mask[n, first + shift : last + shift], squared,
            )  # fmt: skip
            for t in range(scales.size):
                start = (i + R) * P + S
                _exp_scaled(squared, scales[t], weights[t, k, start + first : start + last])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _squared_distances(x, y, z, nx, ny, nz, mask, nmask, squared):  # type: ignore[no-untyped-def]
    for j in range(x.size):
        dx, dy, dz = x[j] - nx[j], y[j] - ny[j], z[j] - nz[j]
        squared[j] = dx * dx + dy * dy + dz * dz if mask[j] & nmask[j] else _FAR


@njit(cache=True, nogil=True, fastmath=_FAST)
def _exp_scaled(squared, scale, weights):  # type: ignore[no-untyped-def]
    for j in range(weights.size):
        weights[j] = _exp(squared[j] * scale)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _iterate(  # type: ignore[no-untyped-def]
    q, energies, start, length, P, angular_matrix, bilateral_matrix, offsets, row_taps, column_taps, of_class, weights,
    blurred, angular, bilateral,
):  # fmt: skip
    """The energies of a block of rows, from its first pixel at `start` to its last; those in its padding are waste."""
    C = q.shape[0]
    R, S = row_taps.shape[1], column_taps.shape[1]
    end = start + length
    K = offsets.shape[0]
    for c in range(C):
        spread, column, message = q[c], blurred[: length + 2 * S], angular[c, :length]
        # The Gaussian of the window: a column of taps, then a row of taps, less its centre.
        left, right = start - S, end + S
        if R == 0:
            _copy(spread[left:right], column)
        else:
            _plus_both(
                spread[left:right], row_taps[c, 0], spread[left - P : right - P], spread[left + P : right + P], column
            )
        for d in range(2, R + 1):
            up, down = left - d * P, left + d * P
            _add_both(column, row_taps[c, d - 1], spread[up : up + column.size], spread[down : down + column.size])
        _difference(column[S : S + length], spread[start:end], message)
        for d in range(1, S + 1):
            _add_both(message, column_taps[c, d - 1], column[S - d : S - d + length], column[S + d : S + d + length])
        message = bilateral[c, :length]
        w = weights[of_class[c]]
        _fill_zero(message)
        for k in range(0, K - 1, 2):
            a = offsets[k, 0] * P + offsets[k, 1]
            b = offsets[k + 1, 0] * P + offsets[k + 1, 1]
            _add_four_products(
                message,
                w[k, start:end], spread[start + a : end + a], w[k, start - a : end - a], spread[start - a : end - a],
                w[k + 1, start:end], spread[start + b : end + b],
                w[k + 1, start - b : end - b], spread[start - b : end - b],
            )  # fmt: skip
        if K % 2:
            a = offsets[K - 1, 0] * P + offsets[K - 1, 1]
            _add_two_products(
                message, w[K - 1, start:end], spread[start + a : end + a],
                w[K - 1, start - a : end - a], spread[start - a : end - a],
            )  # fmt: skip
        _multiply(message, angular[c, :length])
    for c in range(C):
        total = energies[c, start:end]
        _less_two(
            q[c, start:end], angular_matrix[c, 0], angular[0, :length], bilateral_matrix[c, 0], bilateral[0, :length],
            angular_matrix[c, 1], angular[1, :length], bilateral_matrix[c, 1], bilateral[1, :length], total,
        )  # fmt: skip
        for k in range(2, C - 1, 2):
            _subtract_two(
                total, angular_matrix[c, k], angular[k, :length], bilateral_matrix[c, k], bilateral[k, :length],
                angular_matrix[c, k + 1], angular[k + 1, :length],
                bilateral_matrix[c, k + 1], bilateral[k + 1, :length],
            )  # fmt: skip
        if C % 2:
            _subtract_one(
                total, angular_matrix[c, C - 1], angular[C - 1, :length],
                bilateral_matrix[c, C - 1], bilateral[C - 1, :length],
            )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=_FAST)
def _softmax(q, start, rows, W, S, scratch):  # type: ignore[no-untyped-def]
    """Energies to probabilities over the classes, in place, in `rows` padded rows from `start`; the padding to zero."""
    C, P = q.shape[0], W + 2 * S
    end = start + rows * P
    highest = scratch[: rows * P]
    _copy(q[0, start:end], highest)
    for c in range(1, C):
        _maximum(highest, q[c, start:end])
    for c in range(C):
        _exp_less(q[c, start:end], highest)
    inverse = scratch[: rows * P]
    _copy(q[0, start:end], inverse)
    for c in range(1, C):
        _add(inverse, q[c, start:end])
    _invert(inverse)
    for c in range(C):
        _multiply(q[c, start:end], inverse)
        for row in range(rows):
            left = start + row * P
            for j in range(S):
                q[c, left + j] = np.float32(0.0)
                q[c, left + S + W + j] = np.float32(0.0)


# numpy's error model: Python's would check each division for zero.
@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _invert(a):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        a[j] = np.float32(1.0) / a[j]


# A slice assignment (a[:] = b) would check for overlaps and copy element by element: loops are vector code.
@njit(cache=True, nogil=True, fastmath=_FAST)
def _copy(a, out):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        out[j] = a[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _fill_zero(out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _maximum(a, b):  # type: ignore[no-untyped-def]
    for j in range(b.size):
        a[j] = max(a[j], b[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _exp_less(a, b):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        a[j] = _exp(a[j] - b[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(a, b):  # type: ignore[no-untyped-def]
    for j in range(b.size):
        a[j] += b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _multiply(a, b):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        a[j] *= b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _difference(a, b, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = a[j] - b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _plus_both(centre, tap, a, b, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = centre[j] + tap * (a[j] + b[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_both(total, tap, a, b):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] += tap * (a[j] + b[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_two_products(total, w0, q0, w1, q1):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] += w0[j] * q0[j] + w1[j] * q1[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_four_products(total, w0, q0, w1, q1, w2, q2, w3, q3):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] += (w0[j] * q0[j] + w1[j] * q1[j]) + (w2[j] * q2[j] + w3[j] * q3[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _less_two(q, a0, x0, b0, y0, a1, x1, b1, y1, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = q[j] - ((a0 * x0[j] + b0 * y0[j]) + (a1 * x1[j] + b1 * y1[j]))


@njit(cache=True, nogil=True, fastmath=_FAST)
def _subtract_one(total, a0, x0, b0, y0):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] -= a0 * x0[j] + b0 * y0[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _subtract_two(total, a0, x0, b0, y0, a1, x1, b1, y1):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] -= (a0 * x0[j] + b0 * y0[j]) + (a1 * x1[j] + b1 * y1[j])
