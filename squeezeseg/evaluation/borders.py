"""Borders of objects: pixels near a change of class in the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.labels import IGNORE

WITHIN = 2
"""Pixels, in rows and columns, from the nearest pixel of another class."""


def border_pixels(truth: NDArray[np.uint8], *, wrap: bool, within: int = WITHIN) -> NDArray[np.bool_]:
    """truth (H, W) uint8 -> (H, W): has a class, and a pixel at most `within` rows and columns away has another.

    IGNORE is no class: neither missing returns nor points without truth make a border. wrap: the first column is the
    last one's neighbour.
    """
    lowest, highest = truth.astype(np.int16), truth.astype(np.int16)
    highest[truth == IGNORE] = -1
    for axis in (0, 1):
        for values, pick in ((lowest, np.minimum), (highest, np.maximum)):
            before = values.copy()
            for step in range(1, min(within, before.shape[axis] - 1) + 1):
                # Seen along `axis`, each pixel takes the one `step` before and the one `step` after it.
                view, old = np.moveaxis(values, axis, 0), np.moveaxis(before, axis, 0)
                pick(view[step:], old[:-step], out=view[step:])
                pick(view[:-step], old[step:], out=view[:-step])
                if wrap and axis == 1:
                    pick(view[:step], old[-step:], out=view[:step])
                    pick(view[-step:], old[:step], out=view[-step:])
    return np.asarray((truth != IGNORE) & (lowest != highest))
