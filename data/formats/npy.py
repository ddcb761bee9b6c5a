"""NumPy's .npy: an array of points, or a range image as SqueezeSeg published them."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.formats.points import PointFile, from_columns
from projection.errors import InputError

_MOST_COLUMNS = 16
"""Of a point; an array that is wider than it is high, and by more, lies on its side."""


def open_npy(path: Path) -> NDArray[Any]:
    """The array of a .npy file, mapped, not read: for its shape and type. Nothing is unpickled.

    Raises:
        InputError: not a .npy file, cut short, or of another type than numbers, or fields of numbers.
    """
    try:
        # Mapping fails where the header promises more than the file holds; reading would allocate it first.
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, TypeError, OverflowError, SyntaxError, EOFError, tokenize.TokenError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: no .npy file of numbers ({reason}); save it again with numpy.save") from None
    fields = array.dtype.names or ()
    if not all(array.dtype[name].kind in "fiu" for name in fields) or (not fields and array.dtype.kind not in "fiu"):
        raise InputError(f"{path}: holds {array.dtype}, not numbers; save it as float32")
    return array


def load_npy(path: Path) -> NDArray[Any]:
    """The array of a .npy file, read. Raises InputError as `open_npy` does.

    A mapped file that becomes shorter would end the process.
    """
    open_npy(path)
    try:
        return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
    except (ValueError, EOFError) as error:
        raise InputError(f"{path}: changed while it was read ({error}); try again") from None


def read_npy(path: Path) -> PointFile:
    """Read (N, 3 or more) numbers: x, y, z, intensity, and further columns that are left aside; or fields by name."""
    array = load_npy(path)
    if array.dtype.names:  # (N,), or an organised cloud (H, W)
        array = array.reshape(-1)
        return from_columns(path, {name: array[name] for name in array.dtype.names or ()}, len(array))
    if array.ndim != 2 or array.shape[1] < 3:
        raise InputError(f"{path}: expected points (N, 3 or more), got {array.shape}; save x, y, z, intensity")
    if array.shape[0] <= _MOST_COLUMNS < array.shape[1]:
        raise InputError(f"{path}: expected points (N, 3 or more), got {array.shape}; transpose it, points go by row")
    points = np.zeros((len(array), 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        points[:, : min(array.shape[1], 4)] = array[:, :4]
    return PointFile(points)
