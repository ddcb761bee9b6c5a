"""The recurrent CRF as numba kernels: what `crf.recurrent.RecurrentCRF` computes, without torch, for the CPU stream."""

from __future__ import annotations

from dataclasses import dataclass

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

    K offsets in half the window, T different bilateral bandwidths, P = W + 2 columns of reach.

    settings: what the tables were made of.
    shape: (C, H, W).
    offsets: (K, 2) int64, the half window.
    row_taps, column_taps: (C, reach) float32, the angular Gaussian at 1, 2, ... pixels.
    scales: (T,) float32, -1 / (2 theta_r^2).
    of_class: (C,) int64, which of the T is each class's.
    weights: (T, K, reach + H, P) float32, a pixel's and its K neighbours' weights; the margins stay zero.
    q: (C, rows of the window, P) float32, a ring of rows; the margins stay zero.
    blurred: (P,) float32.
    squared: (W,) float32.
    angular, bilateral: (C, W) float32, one row's messages.
    """

    settings: CRFSettings
    shape: tuple[int, int, int]
    offsets: Int64
    row_taps: Float32
    column_taps: Float32
    scales: Float32
    of_class: Int64
    weights: Float32
    q: Float32
    blurred: Float32
    squared: Float32
    angular: Float32
    bilateral: Float32

    @classmethod
    def for_images(cls, settings: CRFSettings, height: int, width: int) -> Workspace:
        """A workspace for images of H x W."""
        C, (rows, columns) = settings.classes, settings.reach
        P = width + 2 * columns
        offsets = np.array(settings.half_window, np.int64)
        values, of_class = settings.distinct_theta_r
        variances = np.square(np.array(settings.theta_a))[:, None]
        return cls(
            settings=settings,
            shape=(C, height, width),
            offsets=offsets,
            row_taps=np.exp(-(np.arange(1, rows + 1) ** 2) / (2 * variances)).astype(np.float32),
            column_taps=np.exp(-(np.arange(1, columns + 1) ** 2) / (2 * variances)).astype(np.float32),
            scales=(-0.5 / np.square(np.array(values))).astype(np.float32),
            of_class=np.array(of_class, np.int64),
            weights=np.zeros((len(values), len(offsets), height + rows, P), np.float32),
            q=np.zeros((C, settings.window[0], P), np.float32),
            blurred=np.zeros(P, np.float32),
            squared=np.zeros(width, np.float32),
            angular=np.zeros((C, width), np.float32),
            bilateral=np.zeros((C, width), np.float32),
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
            raise ValueError(
                f"{name}: expected {expected} {np.dtype(dtype)}, got {array.shape} {array.dtype}"
            )
    if out is None:
        out = np.empty(shape, np.float32)
    elif out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(f"out: expected {shape} float32, contiguous, got {out.shape} {out.dtype}")
    if work is None:
        work = Workspace.for_images(settings, H, W)
    elif work.shape != shape or work.settings != settings:
        raise ValueError(f"work: made for {work.shape} and {work.settings}, got {shape} and {settings}")
    if out is not logits:
        np.copyto(out, logits)
    _pair_weights(
        np.ascontiguousarray(xyz), np.ascontiguousarray(mask), work.offsets, work.scales, work.weights, work.squared
    )
    matrices = np.ascontiguousarray(angular), np.ascontiguousarray(bilateral)
    for _ in range(settings.iterations):
        _iterate(
            out, *matrices, work.offsets, work.row_taps, work.column_taps, work.of_class, work.weights,
            work.q, work.blurred, work.angular, work.bilateral,
        )  # fmt: skip
    return out


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
def _pair_weights(xyz, mask, offsets, scales, weights, squared):  # type: ignore[no-untyped-def]
    """Fill `weights`: exp(scale * squared distance) of each pixel and its neighbours, zero if either is empty."""
    H, W = mask.shape
    R, S = weights.shape[2] - H, (weights.shape[3] - W) // 2
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
                _exp_scaled(squared, scales[t], weights[t, k, R + i, S + first : S + last])


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
def _iterate(
    energies, angular_matrix, bilateral_matrix, offsets, row_taps, column_taps, of_class, weights, q, blurred,
    angular, bilateral,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """One mean-field iteration, in place: rows of q are made just ahead of the row that needs them."""
    C, H, W = energies.shape
    R, S = row_taps.shape[1], column_taps.shape[1]
    ring = 2 * R + 1
    for c in range(C):
        for row in range(ring):
            _fill_zero(q[c, row])
    for i in range(-R, H):
        ahead = i + R
        row = ahead % ring
        if ahead < H:
            _softmax(energies, ahead, q, row, blurred)
        else:
            for c in range(C):
                _fill_zero(q[c, row])
        if i < 0:
            continue
        for c in range(C):
            centre = q[c, i % ring]
            _copy(centre, blurred)
            for d in range(1, R + 1):
                _add_both(blurred, row_taps[c, d - 1], q[c, (i - d + ring) % ring], q[c, (i + d) % ring])
            _subtract(blurred[S : S + W], centre[S : S + W], angular[c])
            for d in range(1, S + 1):
                _add_both(angular[c], column_taps[c, d - 1], blurred[S - d : S - d + W], blurred[S + d : S + d + W])
            message = bilateral[c]
            _fill_zero(message)
            w = weights[of_class[c]]
            for k in range(0, offsets.shape[0] - 1, 2):
                di, dj = offsets[k]
                ei, ej = offsets[k + 1]
                _add_four_products(
                    message,
                    w[k, R + i, S : S + W], q[c, (i + di) % ring, S + dj : S + dj + W],
                    w[k, R + i - di, S - dj : S - dj + W], q[c, (i - di + ring) % ring, S - dj : S - dj + W],
                    w[k + 1, R + i, S : S + W], q[c, (i + ei) % ring, S + ej : S + ej + W],
                    w[k + 1, R + i - ei, S - ej : S - ej + W], q[c, (i - ei + ring) % ring, S - ej : S - ej + W],
                )  # fmt: skip
            if offsets.shape[0] % 2:
                k = offsets.shape[0] - 1
                di, dj = offsets[k]
                _add_two_products(
                    message,
                    w[k, R + i, S : S + W], q[c, (i + di) % ring, S + dj : S + dj + W],
                    w[k, R + i - di, S - dj : S - dj + W], q[c, (i - di + ring) % ring, S - dj : S - dj + W],
                )  # fmt: skip
            _multiply(message, angular[c])
        for c in range(C):
            row_out = energies[c, i]
            _copy(q[c, i % ring, S : S + W], row_out)
            for k in range(0, C - 1, 2):
                _subtract_four(
                    row_out, angular_matrix[c, k], angular[k], bilateral_matrix[c, k], bilateral[k],
                    angular_matrix[c, k + 1], angular[k + 1], bilateral_matrix[c, k + 1], bilateral[k + 1],
                )  # fmt: skip
            if C % 2:
                _subtract_both(
                    row_out, angular_matrix[c, C - 1], angular[C - 1], bilateral_matrix[c, C - 1], bilateral[C - 1]
                )


@njit(cache=True, nogil=True, fastmath=_FAST)
def _softmax(energies, i, q, row, total):  # type: ignore[no-untyped-def]
    """Row i of the energies (C, H, W) into a row of the padded q, over the classes; `total` is scratch."""
    C, _, W = energies.shape
    S = (q.shape[2] - W) // 2
    # Rows are taken one by one from the whole arrays: a view across rows is not contiguous, and its loops are slow.
    highest = total[:W]
    _copy(energies[0, i], highest)
    for c in range(1, C):
        _maximum(highest, energies[c, i])
    for c in range(C):
        _exp_less(energies[c, i], highest, q[c, row, S : S + W])
    inverse = total[:W]
    _copy(q[0, row, S : S + W], inverse)
    for c in range(1, C):
        _add(inverse, q[c, row, S : S + W])
    for j in range(W):
        inverse[j] = np.float32(1.0) / inverse[j]
    for c in range(C):
        _multiply(q[c, row, S : S + W], inverse)


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
        out[j] = _exp(a[j] - b[j])


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(a, b):  # type: ignore[no-untyped-def]
    for j in range(b.size):
        a[j] += b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _multiply(a, b):  # type: ignore[no-untyped-def]
    for j in range(a.size):
        a[j] *= b[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _subtract(a, b, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = a[j] - b[j]


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
def _subtract_both(total, a, x, b, y):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] -= a * x[j] + b * y[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _subtract_four(total, a, x, b, y, c, z, d, w):  # type: ignore[no-untyped-def]
    for j in range(total.size):
        total[j] -= (a * x[j] + b * y[j]) + (c * z[j] + d * w[j])
