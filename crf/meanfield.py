"""The recurrent CRF in numba: the energies of `crf.recurrent.RecurrentCRF` on the CPU, without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crf.kernels import run
from crf.settings import CRFSettings
from crf.workspace import CRFWorkspace, Float32
from projection.read_only import read_only


def mean_field(
    logits: Float32,
    xyz: Float32,
    mask: NDArray[np.bool_],
    settings: CRFSettings,
    angular: Float32,
    bilateral: Float32,
    out: Float32 | None = None,
    workspace: CRFWorkspace | None = None,
) -> Float32:
    """Energies after the last mean-field iteration; the formulas are in `crf.recurrent.RecurrentCRF`.

    Serial, and runs without the interpreter's lock. With `out` and `workspace` nothing is allocated.

    Args:
        logits: (C, H, W) float32, the network's.
        xyz: (3, H, W) float32, normalised coordinates.
        mask: (H, W) bool, where there is a return.
        settings: the CRF's.
        angular: (C, C) float32, the trained angular compatibility (`settings.angular_start()` untrained).
        bilateral: (C, C) float32, the trained bilateral compatibility.
        out: (C, H, W) float32 for the energies, contiguous; may be `logits` itself. Default: a new array.
        workspace: a workspace of these settings and this size. Default: a new one.

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
    if workspace is None:
        workspace = CRFWorkspace.for_images(settings, H, W)
    elif workspace.shape != shape or workspace.settings != settings:
        raise ValueError(f"workspace: made for {workspace.shape} and {workspace.settings}, got {shape} and {settings}")
    run(
        read_only(logits), read_only(xyz), read_only(mask), read_only(angular), read_only(bilateral),
        settings.iterations, workspace.block, workspace.offsets, workspace.row_taps, workspace.column_taps,
        workspace.scales, workspace.of_class, workspace.points, workspace.weights, workspace.q, workspace.next_q,
        workspace.energies, workspace.scratch, workspace.angular, workspace.bilateral, out,
    )  # fmt: skip
    return out
