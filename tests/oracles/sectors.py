"""A full turn as four fronts: each quarter turned ahead, with some of its neighbours at either side.

A network trained on what lies ahead (x positive, y about 0) knows nothing of what lies behind. Turned to the
front, each quarter looks to it like any scene ahead, so objects are found all around alike, and turning the
car by 90 degrees changes nothing but the order of the quarters.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

SECTORS = 4


def split(channels: NDArray[np.float32], overlap: int = 64, multiple: int = 16) -> NDArray[np.float32]:
    """A full turn (5, H, W) -> four sectors (4, 5, H, S), turned to the front.

    Sector k is centred on azimuth 90 k degrees; its x and y are turned back by as much. S is a quarter of W and
    `overlap` columns to either side, rounded up to a multiple of `multiple`.
    """
    columns = _columns(channels.shape[2], overlap, multiple)
    sectors = np.empty((SECTORS, *channels.shape[:2], columns.shape[1]), np.float32)
    for k, (cos, sin) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        part = channels[:, :, columns[k]]
        sectors[k] = part
        sectors[k, 0] = cos * part[0] + sin * part[1]
        sectors[k, 1] = cos * part[1] - sin * part[0]
    return sectors


def join(sectors: NDArray[T], width: int, overlap: int = 64, multiple: int = 16) -> NDArray[T]:
    """Four sectors (4, C, H, S) of values -> a full turn (C, H, W), each column from the middle of its sector."""
    columns = _columns(width, overlap, multiple)
    turn = np.empty((*sectors.shape[1:3], width), sectors.dtype)
    for k in range(SECTORS):
        # Quarters that are no whole number of columns overlap by one column: the later sector has it.
        keep = slice(overlap, overlap + -(-width // SECTORS))
        turn[:, :, columns[k, keep]] = sectors[k, :, :, keep]
    return turn


def _columns(width: int, overlap: int, multiple: int) -> NDArray[np.int64]:
    """(4, S): the columns of the full turn that each sector shows."""
    size = -(-(-(-width // SECTORS) + 2 * overlap) // multiple) * multiple
    centres = width * (0.5 - np.arange(SECTORS) / SECTORS)  # azimuth 0 is the middle of the image
    starts = np.floor(centres - width / SECTORS / 2).astype(np.int64) - overlap
    return np.asarray((starts[:, None] + np.arange(size)) % width)
