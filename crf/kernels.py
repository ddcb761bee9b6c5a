"""The CRF's numba kernels: serial, without the interpreter's lock, allocating nothing.

Plain loops over contiguous one-dimensional slices: LLVM checks them for overlap, then makes vector code of the loop.
A slice of columns, or a row got by unpacking (`x, y, z = points`), is not contiguous to numba, and its loop stays
scalar.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Products may be fused with sums. Nothing is reordered (_exp2 counts on it); NaN and infinity keep their meaning.
_FAST = {"contract", "nsz", "arcp"}
_LOG2_E = np.float32(1.4426950408889634)
_LOWEST = np.float32(-63.0)
_ROUND = np.float32(1.5 * 2**23)  # a float32 of this size has no fraction, and its low bits are an integer
_NAN = np.float32(np.nan)


@njit(cache=True, nogil=True, fastmath=_FAST, inline="always")
def _exp2(x):  # type: ignore[no-untyped-def]
    """2^x of float32 x <= 0 to 2e-7: plain arithmetic, which vectorises where libm's does not.

    Zero below 2^-63 = 1e-19, which a float32 near 1 cannot tell from it: no product of two is subnormal, which is slow.
    Zero of NaN.
    """
    rounded = x + _ROUND
    f = x - (rounded - _ROUND)
    series = np.float32(0.00132647273)  # minimax on +-0.5
    series = series * f + np.float32(0.00967151299)
    series = series * f + np.float32(0.0555073358)
    series = series * f + np.float32(0.240222424)
    series = series * f + np.float32(0.693147004)
    series = series * f + np.float32(1.0)
    power = np.int32(np.float32(rounded).view(np.int32) << np.int32(23))
    return np.int32(np.float32(series).view(np.int32) + power).view(np.float32) if x > _LOWEST else np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=_FAST)
def run(  # type: ignore[no-untyped-def]
    logits, xyz, mask, angular_matrix, bilateral_matrix, iterations, block, offsets, row_taps, column_taps, scales,
    of_class, points, weights, q, next_q, energies, scratch, angular, bilateral, out,
):  # fmt: skip
    """The mean-field iterations of `crf.meanfield.mean_field`; `crf.workspace.CRFWorkspace` describes the buffers.

    A wave of blocks of rows: each iteration works one block behind the one before it, which has by then made all
    that it reads, so that most of it is still in a near cache. Two buffers do for all iterations: where one of them
    writes, nobody reads any more.
    """
    C, H, W = logits.shape
    R, S = row_taps.shape[1], column_taps.shape[1]
    P = W + 2 * S
    blocks = (H + block - 1) // block
    _place(xyz, mask, R, S, points)
    for step in range(blocks + iterations):
        if step < blocks:
            first = step * block
            rows = min(block, H - first)
            start = (first + R) * P
            _pair_weights(points, start + S, rows * P - 2 * S, P, offsets, scales, scratch, weights)
            for c in range(C):
                for i in range(rows):
                    _copy(logits[c, first + i], energies[c, i * P + S : i * P + S + W])
            _softmax(energies, start, rows, W, S, scratch, q)
        before, after = q, next_q
        for iteration in range(iterations):
            first = (step - 1 - iteration) * block
            if 0 <= first < H:
                rows = min(block, H - first)
                start = (first + R) * P
                _iterate(
                    before, start + S, rows * P - 2 * S, P, angular_matrix, bilateral_matrix, offsets, row_taps,
                    column_taps, of_class, weights, angular, bilateral, energies,
                )  # fmt: skip
                if iteration < iterations - 1:
                    _softmax(energies, start, rows, W, S, scratch, after)
                else:
                    for c in range(C):
                        for i in range(rows):
                            _copy(energies[c, i * P + S : i * P + S + W], out[c, first + i])
            before, after = after, before


@njit(cache=True, nogil=True, fastmath=_FAST)
def _place(xyz, mask, R, S, points):  # type: ignore[no-untyped-def]
    """Coordinates, padded; NaN where there is no return, as in the padding."""
    P = mask.shape[1] + 2 * S
    for a in range(3):
        for i in range(mask.shape[0]):
            start = (i + R) * P + S
            _copy_where(mask[i], xyz[a, i], points[a, start : start + mask.shape[1]])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _copy_where(mask, a, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = a[j] if mask[j] else _NAN


@njit(cache=True, nogil=True, fastmath=_FAST)
def _pair_weights(points, start, length, P, offsets, scales, squared, weights):  # type: ignore[no-untyped-def]
    """2^(scale * squared distance) of each pixel from `start` and its neighbours, zero if either is empty."""
    end = start + length
    for k in range(offsets.shape[0]):
        shift = offsets[k, 0] * P + offsets[k, 1]
        a, b = start + shift, end + shift
        _squared_distances(
            points[0, start:end], points[1, start:end], points[2, start:end],
            points[0, a:b], points[1, a:b], points[2, a:b], squared,
        )  # fmt: skip
        for t in range(scales.size):
            _exp2_scaled(squared, scales[t], weights[t, k, start:end])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _squared_distances(x, y, z, nx, ny, nz, squared):  # type: ignore[no-untyped-def]
    for j in range(x.size):
        dx, dy, dz = x[j] - nx[j], y[j] - ny[j], z[j] - nz[j]
        squared[j] = dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True, fastmath=_FAST)
def _exp2_scaled(squared, scale, weights):  # type: ignore[no-untyped-def]
    for j in range(weights.size):
        weights[j] = _exp2(squared[j] * scale)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _iterate(  # type: ignore[no-untyped-def]
    q, start, length, P, angular_matrix, bilateral_matrix, offsets, row_taps, column_taps, of_class, weights,
    angular, bilateral, energies,
):  # fmt: skip
    """The energies of a block of rows, from its first pixel at `start` to its last; those in its padding are waste."""
    C, S, end = q.shape[0], column_taps.shape[1], start + length
    for c in range(C):
        if row_taps.shape[1] == 1 and column_taps.shape[1] == 2:
            _messages_3x5(
                q[c], weights[of_class[c]], start, end, P, row_taps[c, 0], column_taps[c, 0],
                column_taps[c, 1], angular[c, :length], bilateral[c, :length],
            )  # fmt: skip
        else:
            _messages(
                q[c], weights[of_class[c]], start, end, P, offsets, row_taps[c], column_taps[c],
                angular[c, :length], bilateral[c, :length],
            )  # fmt: skip
    for c in range(C):
        total = energies[c, S : S + length]
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
def _messages(  # type: ignore[no-untyped-def]
    q, weights, start, end, P, offsets, row_taps, column_taps, angular, bilateral
):  # fmt: skip
    """One class's messages from `start` to `end`, for any window."""
    _fill_zero(angular)
    _fill_zero(bilateral)
    for k in range(offsets.shape[0]):
        di, dj = offsets[k]
        tap = (row_taps[di - 1] if di else np.float32(1)) * (column_taps[abs(dj) - 1] if dj else np.float32(1))
        a = di * P + dj
        _add_pair(
            tap, q[start + a : end + a], q[start - a : end - a], weights[k, start:end],
            weights[k, start - a : end - a], angular, bilateral,
        )  # fmt: skip
    _multiply(bilateral, angular)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_pair(tap, q, opposite, weights, opposite_weights, angular, bilateral):  # type: ignore[no-untyped-def]
    for j in range(angular.size):
        angular[j] += tap * (q[j] + opposite[j])
        bilateral[j] += weights[j] * q[j] + opposite_weights[j] * opposite[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _messages_3x5(q, w, start, end, P, row_tap, tap_1, tap_2, angular, bilateral):  # type: ignore[no-untyped-def]
    """The same for the default window, in one loop that reads everything once."""
    early, late = start - 2, end + 2
    above, after = start - P, end - P
    # A weight is kept at the upper or left pixel of its pair. Offsets: (0, 1), (0, 2), (1, -2), (1, -1) ... (1, 2).
    _read_3x5(
        q[early - P : late - P], q[early:late], q[early + P : late + P], row_tap, tap_1, tap_2,
        w[0, early:late], w[1, early:late],
        w[6, above - 2 : after - 2], w[5, above - 1 : after - 1], w[4, above:after], w[3, above + 1 : after + 1],
        w[2, above + 2 : after + 2],
        w[2, start:end], w[3, start:end], w[4, start:end], w[5, start:end], w[6, start:end], angular, bilateral,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=_FAST)
def _read_3x5(  # type: ignore[no-untyped-def]
    up, row, down, row_tap, tap_1, tap_2, w_1, w_2, a_0, a_1, a_2, a_3, a_4, b_0, b_1, b_2, b_3, b_4, angular, bilateral
):  # fmt: skip
    """Messages from q's three rows and the pair weights.

    Both w, the weights with the pixels one and two to the right, and q's rows begin two pixels early.
    a, b: the weights with the rows above and below, from left to right.
    """
    for j in range(angular.size):
        u_0, u_1, u_2, u_3, u_4 = up[j], up[j + 1], up[j + 2], up[j + 3], up[j + 4]
        r_0, r_1, r_3, r_4 = row[j], row[j + 1], row[j + 3], row[j + 4]
        d_0, d_1, d_2, d_3, d_4 = down[j], down[j + 1], down[j + 2], down[j + 3], down[j + 4]
        near = (r_1 + r_3) + row_tap * ((u_1 + u_3) + (d_1 + d_3))
        far = (r_0 + r_4) + row_tap * ((u_0 + u_4) + (d_0 + d_4))
        message = row_tap * (u_2 + d_2) + tap_1 * near + tap_2 * far
        beside = w_2[j] * r_0 + w_1[j + 1] * r_1 + w_1[j + 2] * r_3 + w_2[j + 2] * r_4
        above = a_0[j] * u_0 + a_1[j] * u_1 + a_2[j] * u_2 + a_3[j] * u_3 + a_4[j] * u_4
        below = b_0[j] * d_0 + b_1[j] * d_1 + b_2[j] * d_2 + b_3[j] * d_3 + b_4[j] * d_4
        angular[j] = message
        bilateral[j] = message * (beside + (above + below))


@njit(cache=True, nogil=True, fastmath=_FAST)
def _softmax(energies, start, rows, W, S, scratch, q):  # type: ignore[no-untyped-def]
    """A block's energies to probabilities over the classes: `rows` rows of q from `start`, their padding zero."""
    C, P = q.shape[0], W + 2 * S
    length = rows * P
    end = start + length
    highest = scratch[:length]
    _copy(energies[0, :length], highest)
    for c in range(1, C):
        _maximum(highest, energies[c, :length])
    for c in range(C):
        _exp_less(energies[c, :length], highest, q[c, start:end])
    inverse = scratch[:length]
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
def _exp_less(a, b, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = _exp2((a[j] - b[j]) * _LOG2_E)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(a, b):  # type: ignore[no-untyped-def]
    for j in range(b.size):
        a[j] += b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _multiply(a, b):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        a[j] *= b[j]


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
