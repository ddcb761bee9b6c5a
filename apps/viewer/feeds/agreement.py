"""Agreement of two runs' labels of one scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.labels import BACKGROUND, IGNORE


def agreement(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float | None:
    """Share of the points that both have labelled, and at least one as an object, whose two classes are the same.

    first, second: (N,) class ids. None where neither has an object.

    Example:
        agreement(np.uint8([0, 1, 1, 2]), np.uint8([0, 1, 0, 2]))  # 0.6667
    """
    objects = ((first != BACKGROUND) | (second != BACKGROUND)) & (first != IGNORE) & (second != IGNORE)
    count = int(objects.sum())
    return round(int((first == second)[objects].sum()) / count, 4) if count else None
