"""PCD, the Point Cloud Library's format: ascii, binary and binary_compressed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.formats.lzf import MAX_RATIO, decompress
from data.formats.ply import read_text_table
from data.formats.points import PointFile, from_columns
from data.regular_file import read_bytes
from projection.errors import InputError

_KINDS = {"F": "f", "I": "i", "U": "u"}
_MAX_HEADER = 1 << 16


@dataclass(frozen=True)
class _Header:
    names: tuple[str, ...]
    kinds: tuple[str, ...]  # NumPy's, such as '<f4'
    counts: tuple[int, ...]  # numbers per field; 0 for padding that some programs name and don't write
    points: int
    encoding: str
    comments: tuple[str, ...]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The type of a point. Fields are called by number: a padding field's name may occur often."""
        return np.dtype(
            [(str(i), kind, (count,)) for i, (kind, count) in enumerate(zip(self.kinds, self.counts, strict=True))]
        )


def read_pcd(path: Path) -> PointFile:
    """Read a PCD file.

    Raises:
        InputError: the header is broken, x, y or z is absent, or the file holds less than it promises.
    """
    data = read_bytes(path)
    try:
        header, body = _header(data)
        match header.encoding:
            case "ascii":
                fields = _ascii(header, body)
            case "binary":
                fields = _binary(header, body)
            case _:
                fields = _compressed(header, body)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: broken PCD ({reason}); export it again") from None
    columns = {name: column for name, column in zip(header.names, fields, strict=True) if column.ndim == 1}
    return from_columns(path, columns, header.points, header.comments)


def _header(data: bytes) -> tuple[_Header, bytes]:
    entries: dict[str, list[str]] = {}
    comments: list[str] = []
    start = 0
    while "DATA" not in entries:
        end = data.find(b"\n", start, _MAX_HEADER)
        if end < 0:
            raise ValueError("no header up to a line DATA")
        line = data[start:end].decode("latin-1")
        words = line.split()
        start = end + 1
        if line.startswith("#"):
            comments.append(line)
        elif words and not words[0].startswith("#"):
            entries[words[0].upper()] = words[1:]
    names = tuple(entries.get("FIELDS") or entries["COLUMNS"])  # as the first versions call them
    sizes, kinds = entries.get("SIZE", ["4"] * len(names)), entries.get("TYPE", ["F"] * len(names))
    counts = tuple(int(count) for count in entries.get("COUNT", ["1"] * len(names)))
    if not len(names) == len(sizes) == len(kinds) == len(counts) or min(counts, default=-1) < 0:
        raise ValueError("FIELDS, SIZE, TYPE and COUNT don't match")
    points = int((entries.get("POINTS") or entries["WIDTH"])[0])
    if "POINTS" not in entries:
        points *= int(entries["HEIGHT"][0])
    encoding = entries["DATA"][0] if entries["DATA"] else ""
    if encoding not in ("ascii", "binary", "binary_compressed") or points < 0:
        raise ValueError(f"{points} points as {encoding!r}")
    codes = tuple(f"<{_KINDS[kind]}{int(size)}" for kind, size in zip(kinds, sizes, strict=True))
    return _Header(names, codes, counts, points, encoding, tuple(comments)), data[start:]


def _ascii(header: _Header, body: bytes) -> list[NDArray[Any]]:
    ends = np.cumsum(header.counts)
    table = read_text_table(body, header.points, int(ends[-1]))
    return [_flat(part) for part in np.split(table, ends[:-1], axis=1)]


def _binary(header: _Header, body: bytes) -> list[NDArray[Any]]:
    size = header.points * header.dtype.itemsize
    if size > len(body):
        raise ValueError(f"cut short: {header.points} points need {size} bytes, {len(body)} are left")
    table = np.frombuffer(body[:size], header.dtype)
    return [_flat(table[name]) for name in table.dtype.names or ()]


def _compressed(header: _Header, body: bytes) -> list[NDArray[Any]]:
    """Two uint32, the sizes before and after decompression; decompressed, field follows field."""
    if header.points == 0:
        return [np.empty(0) for _ in header.names]
    if len(body) < 8:
        raise ValueError("cut short before its data")
    packed, size = (int(number) for number in np.frombuffer(body[:8], "<u4"))
    if size != header.points * header.dtype.itemsize or packed > len(body) - 8 or size > MAX_RATIO * packed:
        raise ValueError(f"{packed} bytes for {size} and {header.points} points don't match, or it is cut short")
    raw = np.empty(size, np.uint8)
    if decompress(np.frombuffer(body, np.uint8, packed, 8), raw) != size:
        raise ValueError("its compressed data are corrupt")
    fields = []
    start = 0
    for kind, count in zip(header.kinds, header.counts, strict=True):
        end = start + header.points * count * np.dtype(kind).itemsize
        fields.append(_flat(raw[start:end].view(kind).reshape(header.points, count)))
        start = end
    return fields


def _flat(field: NDArray[Any]) -> NDArray[Any]:
    """(N, 1) -> (N,); fields of several numbers stay as they are, and are left aside."""
    return field[:, 0] if field.ndim == 2 and field.shape[1] == 1 else field
