"""NumPy's .npy: an array of points, or a range image as SqueezeSeg published them."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.formats.points import PointFile
from projection.errors import InputError


def open_npy(path: Path) -> NDArray[Any]:
    """The array of a .npy file, mapped, not read. Nothing is unpickled.

    Raises:
        InputError: not a .npy file, cut short, or of another type than numbers.
    """
    try:
        # Mapping fails where the header promises more than the file holds; reading would allocate it first.
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, TypeError, OverflowError, SyntaxError, EOFError, tokenize.TokenError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: no .npy file of numbers ({reason}); save it again with numpy.save") from None
    if array.dtype.kind not in "fiu":
        raise InputError(f"{path}: holds {array.dtype}, not numbers; save it as float32")
    return array


def read_npy(path: Path) -> PointFile:
    """Read (N, 3 or more) numbers: x, y, z, intensity, and further columns that are left aside."""
    array = open_npy(path)
    if array.ndim != 2 or array.shape[1] < 3:
        raise InputError(f"{path}: expected points (N, 3 or more), got {array.shape}; save x, y, z, intensity")
    points = np.zeros((len(array), 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        points[:, : min(array.shape[1], 4)] = array[:, :4]
    return PointFile(points)
