"""The recurrent CRF, pixel by pixel, straight from the formulas."""

from __future__ import annotations

import math

import numpy as np


def crf(logits, xyz, mask, angular, bilateral, theta_a, theta_r, window=(3, 5), iterations=3):
    """logits (C, H, W), xyz (3, H, W), mask (H, W), angular and bilateral (C, C) -> energies (C, H, W) float64."""
    energies = np.asarray(logits, np.float64)
    xyz = np.asarray(xyz, np.float64)
    C, H, W = energies.shape
    for _ in range(iterations):
        q = np.exp(energies - energies.max(axis=0))
        q /= q.sum(axis=0)
        energies = np.empty((C, H, W))
        for i in range(H):
            for j in range(W):
                m_angular, m_bilateral = np.zeros(C), np.zeros(C)
                for di in range(-(window[0] // 2), window[0] // 2 + 1):
                    for dj in range(-(window[1] // 2), window[1] // 2 + 1):
                        ni, nj = i + di, j + dj
                        if (di, dj) == (0, 0) or not (0 <= ni < H and 0 <= nj < W):
                            continue
                        apart = sum((xyz[a, i, j] - xyz[a, ni, nj]) ** 2 for a in range(3))
                        for c in range(C):
                            m_angular[c] += q[c, ni, nj] * math.exp(-(di**2 + dj**2) / (2 * theta_a[c] ** 2))
                            if mask[i, j] and mask[ni, nj]:
                                m_bilateral[c] += q[c, ni, nj] * math.exp(-apart / (2 * theta_r[c] ** 2))
                m_bilateral *= m_angular
                for c in range(C):
                    penalty = sum(angular[c, k] * m_angular[k] + bilateral[c, k] * m_bilateral[k] for k in range(C))
                    energies[c, i, j] = q[c, i, j] - penalty
    return energies
