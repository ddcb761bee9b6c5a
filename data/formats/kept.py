"""A file of points without some of them: the others keep their bytes, their order and all of their columns."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.formats import pcd, ply
from data.formats.npy import load_npy
from data.regular_file import read_bytes
from projection.errors import InputError

SUFFIXES = (".bin", ".npy", ".ply", ".pcd")


def write_kept(path: Path, out: Path, keep: NDArray[np.bool_]) -> None:
    """Write those points of a file that are to be kept, in the same format; a compressed .pcd becomes a binary one.

    path: a file that `read_points` reads. out: of the same suffix. keep: (N,) bool, of its points.

    Raises:
        InputError: the suffix is another, the file can't be read or holds more than points, or `out` can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: points can be left out of {', '.join(SUFFIXES)} files only")
    try:
        if suffix == ".npy":
            _write_npy(path, out, keep)
            return
        data = read_bytes(path)
        content = {".bin": _bin, ".ply": _ply, ".pcd": _pcd}[suffix](data, keep)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from None
    except (ValueError, LookupError) as error:
        raise InputError(f"{path}: points can't be left out of it ({error})") from None
    with atomic_write(out) as file:
        file.write(content)


def _write_npy(path: Path, out: Path, keep: NDArray[np.bool_]) -> None:
    array = load_npy(path)
    if array.dtype.names:
        array = array.reshape(-1)
    _check(len(array), keep)
    with atomic_write(out) as file:
        np.save(file, array[keep], allow_pickle=False)


def _bin(data: bytes, keep: NDArray[np.bool_]) -> bytes:
    size = len(data) // max(len(keep), 1)
    if len(data) != size * len(keep):
        raise ValueError(f"{len(data)} bytes are not {len(keep)} points, as were labelled")
    return _rows(data, len(keep), size, keep)


def _ply(data: bytes, keep: NDArray[np.bool_]) -> bytes:
    order, elements, body, _ = ply._header(data)
    head = data[: len(data) - len(body)]
    if [element.name for element in elements] != ["vertex"] or len(re.findall(rb"(?m)^element\s", head)) != 1:
        raise ValueError("it holds more than points")
    _check(elements[0].count, keep)
    head = re.sub(rb"(?m)^(element\s+vertex\s+)\d+", rb"\g<1>%d" % keep.sum(), head)
    if not order:
        return head + _lines(body.tobytes(), keep)
    return head + _rows(body.tobytes(), len(keep), ply._dtype(elements[0], order).itemsize, keep)


def _pcd(data: bytes, keep: NDArray[np.bool_]) -> bytes:
    header, body = pcd._header(data)
    _check(header.points, keep)
    head = data[: len(data) - len(body)]
    for name, value in ((b"WIDTH", keep.sum()), (b"HEIGHT", 1), (b"POINTS", keep.sum())):
        head = re.sub(rb"(?mi)^(%s\s+)\d+" % name, rb"\g<1>%d" % value, head)
    if header.encoding == "ascii":
        return head + _lines(body, keep)
    if header.encoding == "binary":
        return head + _rows(body, len(keep), header.dtype.itemsize, keep)
    fields = pcd._compressed(header, body)
    table = np.empty(len(keep), header.dtype)
    for column, field in zip(table.dtype.names or (), fields, strict=True):
        table[column] = field.reshape(table[column].shape)
    head = re.sub(rb"(?mi)^(DATA\s+)binary_compressed", rb"\g<1>binary", head)
    return head + table[keep].tobytes()


def _rows(body: bytes, count: int, size: int, keep: NDArray[np.bool_]) -> bytes:
    if len(body) < count * size or (count and not size):
        raise ValueError(f"{len(body)} bytes for {count} points")
    return np.frombuffer(body, np.uint8, count * size).reshape(count, size)[keep].tobytes()


def _lines(body: bytes, keep: NDArray[np.bool_]) -> bytes:
    lines = [line for line in body.splitlines(keepends=True) if line.strip()]
    _check(len(lines), keep)
    return b"".join(line for line, stays in zip(lines, keep.tolist(), strict=True) if stays)


def _check(count: int, keep: NDArray[np.bool_]) -> None:
    if count != len(keep):
        raise ValueError(f"{count} points, where {len(keep)} were labelled")
