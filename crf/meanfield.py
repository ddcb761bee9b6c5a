"""The recurrent CRF in numba: what `crf.recurrent.RecurrentCRF` computes, without torch, for the CPU stream."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crf.kernels import run
from crf.settings import CRFSettings
from crf.workspace import Float32, Workspace


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
    run(
        _input(logits), _input(xyz), _input(mask), _input(angular), _input(bilateral),
        settings.iterations, work.block, work.offsets, work.row_taps, work.column_taps, work.scales, work.of_class,
        work.points, work.weights, work.q, work.next_q, work.energies, work.scratch, work.angular,
        work.bilateral, out,
    )  # fmt: skip
    return out


def _input(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only whatever it was: numba compiles once for each kind of array."""
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array
