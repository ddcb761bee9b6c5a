"""The recurrent CRF as numba kernels: what `crf.recurrent.RecurrentCRF` computes, without torch, for the CPU stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from crf.settings import CRFSettings

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

# NaN and infinity keep their meaning, all else may be reordered so that loops become vector code.
_FAST = {"contract", "reassoc", "nsz", "arcp"}
_LOWEST = np.float32(-87.0)  # exp of less is no normal float32
_LOG2_E = np.float32(1.4426950408889634)
_LN_2 = np.float32(0.6931471805599453)
_FAR = np.float32(1e30)


@dataclass(frozen=True, eq=False)
class Workspace:
    """Tables and buffers for images of one size, reused from scan to scan. One thread at a time.

    Images are kept padded by the window's reach (rows R, columns S) and flat, N = (H + 2 R) (W + 2 S):
    pixel (i, j) lies at (i + R) (W + 2 S) + j + S and each neighbour at a fixed shift from it, so that one
    loop runs over several rows. The padding stays zero and adds nothing to a message. K is the size of
    half the window, T the number of different bilateral bandwidths, L the length of a block of rows.

    settings: what the tables were made of.
    shape: (C, H, W).
    block: rows worked on at a time.
    offsets: (K, 2) int64, the half window.
    row_taps, column_taps: (C, R) and (C, S) float32, the angular Gaussian at 1, 2, ... pixels.
    scales: (T,) float32, -1 / (2 theta_r^2).
    of_class: (C,) int64, which of the T is each class's.
    weights: (T, K, N) float32, each pixel's and its K neighbours' weight.
    q, next_q: (C, N) float32, before and after an iteration.
    blurred: (L + 2 S,) float32.
    scratch: (L,) float32.
    angular, bilateral: (C, L) float32, one block's messages.
    """

    settings: CRFSettings
    shape: tuple[int, int, int]
    block: int
    offsets: Int64
    row_taps: Float32
    column_taps: Float32
    scales: Float32
    of_class: Int64
    weights: Float32
    q: Float32
    next_q: Float32
    blurred: Float32
    scratch: Float32
    angular: Float32
    bilateral: Float32

    @classmethod
    def for_images(cls, settings: CRFSettings, height: int, width: int) -> Workspace:
        """A workspace for images of H x W."""
        C, (rows, columns) = settings.classes, settings.reach
        P = width + 2 * columns
        N = (height + 2 * rows) * P
        # Long enough that starting a loop costs little, short enough that the messages stay in a near cache.
        block = max(1, min(height, round(4096 / P)))
        offsets = np.array(settings.half_window, np.int64)
        values, of_class = settings.distinct_theta_r
        variances = np.square(np.array(settings.theta_a))[:, None]
        return cls(
            settings=settings,
            shape=(C, height, width),
            block=block,
            offsets=offsets,
            row_taps=np.exp(-(np.arange(1, rows + 1) ** 2) / (2 * variances)).astype(np.float32),
            column_taps=np.exp(-(np.arange(1, columns + 1) ** 2) / (2 * variances)).astype(np.float32),
            scales=(-0.5 / np.square(np.array(values))).astype(np.float32),
            of_class=np.array(of_class, np.int64),
            weights=np.zeros((len(values), len(offsets), N), np.float32),
            q=np.zeros((C, N), np.float32),
            next_q=np.zeros((C, N), np.float32),
            blurred=np.zeros(block * P, np.float32),
            scratch=np.zeros(block * P, np.float32),
            angular=np.zeros((C, block * P), np.float32),
            bilateral=np.zeros((C, block * P), np.float32),
        )


def mean_field(
    logits: Float32,
    xyz: Float32,
    mask: NDArray[np.bool_],
    settings: CRFSettings,
    angular: Float32,
    bilateral: Float32,
    out: Float32 | None = None,
    work: Workspace | None = None,
) -> Float32:
    """Energies after the settings' iterations; the formulas are in `crf.recurrent.RecurrentCRF`.

    Serial, and runs without the interpreter's lock. With `out` and `work` nothing is allocated.

    Args:
        logits: (C, H, W) float32, the network's.
        xyz: (3, H, W) float32, normalised coordinates.
        mask: (H, W) bool, where there is a return.
        settings: the CRF's.
        angular: (C, C) float32, the trained angular compatibility (`settings.angular_start()` untrained).
        bilateral: (C, C) float32, the trained bilateral compatibility.
        out: (C, H, W) float32 for the energies, contiguous; may be `logits` itself. Default: a new array.
        work: a workspace of these settings and this size. Default: a new one.

    Returns:
        (C, H, W) float32 energies: `out`.

    Raises:
        ValueError: an array or the workspace is of another shape or type.
    """
    C, H, W = shape = (settings.classes, *mask.shape)
    for name, array, expected, dtype in (
        ("logits", logits, shape, np.float32),
        ("xyz", xyz, (3, H, W), np.float32),
        ("mask", mask, (H, W), np.bool_),
        ("angular", angular, (C, C), np.float32),
        ("bilateral", bilateral, (C, C), np.float32),
    ):
        if array.shape != expected or array.dtype != dtype:
            raise ValueError(f"{name}: expected {expected} {np.dtype(dtype)}, got {array.shape} {array.dtype}")
    if out is None:
        out = np.empty(shape, np.float32)
    elif out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(f"out: expected {shape} float32, contiguous, got {out.shape} {out.dtype}")
    if work is None:
        work = Workspace.for_images(settings, H, W)
    elif work.shape != shape or work.settings != settings:
        raise ValueError(f"work: made for {work.shape} and {work.settings}, got {shape} and {settings}")
    _run(
        _input(logits), _input(xyz), _input(mask), _input(angular), _input(bilateral),
        settings.iterations, work.block, work.offsets, work.row_taps, work.column_taps, work.scales, work.of_class,
        work.weights, work.q, work.next_q, work.blurred, work.scratch, work.angular, work.bilateral, out,
    )  # fmt: skip
    return out


def _input(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only whatever it was: numba compiles once for each kind of array."""
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array


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
def _run(  # type: ignore[no-untyped-def]
    logits, xyz, mask, angular_matrix, bilateral_matrix, iterations, block, offsets, row_taps, column_taps, scales,
    of_class, weights, q, next_q, blurred, scratch, angular, bilateral, out,
):  # fmt: skip
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
