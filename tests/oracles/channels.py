"""Slow twins of what networks do with channels: shuffle, pyramid sums, squeeze-and-excitation, LR-ASPP's gate."""

from __future__ import annotations

import numpy as np


def shuffled(x: np.ndarray, groups: int) -> np.ndarray:
    """(C, ...) -> the same: the k-th channel of each group, for one k after the other."""
    size = len(x) // groups
    return np.stack([x[group * size + k] for k in range(size) for group in range(groups)])


def fused(branches: list[np.ndarray], *, first_outside: bool) -> np.ndarray:
    """Branches (C, ...) side by side, each the sum of those before it and itself; the first alone if it is outside."""
    start = 1 if first_outside else 0
    rows = [branches[0]] if first_outside else []
    rows += [sum(branches[start : i + 1]) for i in range(start, len(branches))]
    return np.concatenate(rows)


def squeezed_and_excited(x: np.ndarray, squeeze, excite, activation, gate) -> np.ndarray:
    """x (C, H, W); squeeze, excite: weights (out, in) and biases. Each channel times its gate."""
    means = np.array([channel.mean() for channel in x])
    hidden = activation(squeeze[0] @ means + squeeze[1])
    scales = gate(excite[0] @ hidden + excite[1])
    return np.stack([channel * scale for channel, scale in zip(x, scales, strict=True)])


def local_means(x: np.ndarray, window: int) -> np.ndarray:
    """(C, H, W) -> (C, W): means over all rows and `window` columns around each, fewer at the edges."""
    half = window // 2
    columns = range(x.shape[2])
    return np.stack([x[:, :, max(0, i - half) : i + half + 1].mean(axis=(1, 2)) for i in columns], axis=1)
