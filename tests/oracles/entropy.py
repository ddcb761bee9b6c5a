"""The fewest bytes that symbols take if each has one probability wherever it stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def entropy_bytes(symbols: NDArray[np.integer]) -> float:
    _, counts = np.unique(symbols, return_counts=True)
    return float(-(counts * np.log2(counts / counts.sum())).sum() / 8)
