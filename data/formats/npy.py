"""NumPy's .npy: an array of points, or a range image as SqueezeSeg published them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from data.formats.points import PointFile, from_columns
from data.regular_file import open_regular
from projection.errors import InputError

_MOST_COLUMNS = 16
"""Of a point; an array that is wider than it is high, and by more, lies on its side."""


@dataclass(frozen=True)
class NpyHeader:
    """What a .npy file says of its array.

    shape, dtype: of the array, in numbers or fields of numbers. fortran: True if its columns come one after the other.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool = False


def read_header(path: Path) -> NpyHeader:
    """The shape and type of a .npy file's array.

    Raises:
        InputError: it can't be read, is no .npy file, cut short, or of another type than numbers, or fields of numbers.
    """
    with _opened(path) as file:
        return _header(path, file)


def load_npy(path: Path) -> NDArray[Any]:
    """The array of a .npy file. Nothing is unpickled; raises as `read_header` does.

    It is read, not mapped: a mapped file that becomes shorter would end the process.
    """
    with _opened(path) as file:
        header = _header(path, file)
        array = np.fromfile(file, header.dtype, math.prod(header.shape))
    if array.size != math.prod(header.shape):
        raise InputError(f"{path}: changed while it was read; try again")
    return array.reshape(header.shape, order="F" if header.fortran else "C")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with open_regular(path) as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from None


def _header(path: Path, file: BinaryIO) -> NpyHeader:
    try:
        version = npy_format.read_magic(file)
        # Versions 2 and 3 differ in how fields' names are encoded, and ours are ASCII.
        read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except OSError:
        raise
    except Exception:  # a header is a Python expression, and may be damaged in any way
        reason = "cut short or damaged in its first bytes"
        raise InputError(f"{path}: no .npy file of numbers ({reason}); save it again with numpy.save") from None
    fields = dtype.names or ()
    if not all(dtype[name].kind in "fiu" for name in fields) or (not fields and dtype.kind not in "fiu"):
        raise InputError(f"{path}: holds {dtype}, not numbers; save it as float32")
    # Reading would allocate what the header promises before it finds less.
    held, promised = os.fstat(file.fileno()).st_size - file.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=1) < 0 or held < promised:
        raise InputError(f"{path}: cut short: {held:,} bytes of numbers, not {promised:,}; copy it again")
    return NpyHeader(shape, dtype, fortran)


def read_npy(path: Path) -> PointFile:
    """Read (N, 3 or more) numbers: x, y, z, intensity, and further columns that are left aside; or fields by name."""
    return points_of(path, load_npy(path))


def points_of(path: Path, array: NDArray[Any]) -> PointFile:
    """The points of an array of a file. Raises InputError where it has none."""
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
