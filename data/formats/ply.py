"""PLY, the Stanford polygon format: its vertices are the points. Text and both binary byte orders."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data.formats.points import PointFile, from_columns
from data.regular_file import read_bytes
from projection.errors import InputError

_TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"},
    **{"float": "f4", "double": "f8", "float32": "f4", "float64": "f8"},
}
_BYTE_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_MAX_HEADER = 1 << 16
_NO_NUMBER = re.compile(rb"1\.?#[A-Z]+[0-9]*|nan\([a-z]*\)", re.IGNORECASE)


@dataclass
class _Element:
    name: str
    count: int
    properties: dict[str, str] = field(default_factory=dict)
    has_list: bool = False


def read_ply(path: Path) -> PointFile:
    """Read the vertices of a PLY file.

    Raises:
        InputError: the header is broken, x, y or z is absent, or the file holds less than it promises.
    """
    data = read_bytes(path)
    try:
        order, elements, body, comments = _header(data)
        start = 0
        for element in elements:
            if element.has_list:
                raise ValueError(f"element {element.name} holds lists, where plain numbers are needed")
            if element.name == "vertex":
                break
            if not order:
                start = _skip_lines(body, start, element.count)
            else:
                start += element.count * _dtype(element, order).itemsize
        else:
            raise ValueError("no element vertex")
        table = _text(body[start:], element) if not order else _binary(body, start, element, order)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: broken PLY ({reason}); export it again") from None
    assert table.dtype.names is not None
    return from_columns(path, {name: table[name] for name in table.dtype.names}, len(table), comments)


def _header(data: bytes) -> tuple[str, list[_Element], memoryview, list[str]]:
    """Byte order ('' for text), elements up to and with the vertices, all bytes after the header, and its comments."""
    head = data[:_MAX_HEADER]
    end = head.find(b"end_header")
    newline = head.find(b"\n", end)
    if not head.startswith(b"ply") or end < 0 or newline < 0:
        raise ValueError("no header from 'ply' to 'end_header'")
    order: str | None = None
    elements: list[_Element] = []
    comments: list[str] = []
    for line in head[:end].decode("latin-1").splitlines()[1:]:
        match line.split():
            case ["format", kind, _] if kind in _BYTE_ORDERS:
                order = _BYTE_ORDERS[kind]
            case ["element", name, count]:
                elements.append(_Element(name, int(count)))
                if elements[-1].count < 0:
                    raise ValueError(f"{count} of element {name}")
            case ["property", "list", _, _, _] if elements:
                elements[-1].has_list = True
            case ["property", kind, name] if elements and kind in _TYPES:
                known = elements[-1].properties  # the first of a name counts, but the others take their bytes too
                known[f"{name}, property {len(known)}" if name in known else name] = _TYPES[kind]
            case ["comment" | "obj_info", *_]:
                comments.append(line)
            case []:
                pass
            case _:
                raise ValueError(f"header line {line[:60]!r}")
    if order is None:
        raise ValueError(f"its format is none of {', '.join(_BYTE_ORDERS)}")
    names = [element.name for element in elements]
    last = names.index("vertex") + 1 if "vertex" in names else len(elements)
    return order, elements[:last], memoryview(data)[newline + 1 :], comments


def _dtype(element: _Element, order: str) -> np.dtype[np.void]:
    return np.dtype([(name, order + kind) for name, kind in element.properties.items()])


def _binary(body: memoryview, start: int, element: _Element, order: str) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    dtype = _dtype(element, order)
    if start + element.count * dtype.itemsize > len(body):
        raise ValueError(f"cut short: {element.count} points promised, {len(body) - start} bytes left for them")
    if element.count == 0:
        return np.empty(0, dtype)
    return np.frombuffer(body, dtype, element.count, start)


def _skip_lines(body: memoryview, start: int, count: int) -> int:
    data = body.tobytes()
    for _ in range(count):
        start = data.find(b"\n", start) + 1
        if start == 0:
            raise ValueError("cut short before the vertices")
    return start


def _text(body: memoryview, element: _Element) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    table = read_text_table(body.tobytes(), element.count, len(element.properties))
    dtype = np.dtype([(name, "f8") for name in element.properties])
    return np.ascontiguousarray(table).view(dtype)[:, 0] if table.size else np.empty(0, dtype)


def read_text_table(body: bytes, count: int, columns: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(count, columns) float64 from lines of numbers; more columns are left aside. Raises ValueError."""
    # A number and its separator take two bytes: what cannot be there is not allocated.
    if count * columns * 2 > len(body) + 1:
        raise ValueError(f"cut short: {count} points promised, {len(body)} bytes left for them")
    if count == 0 or columns == 0:
        return np.empty((count, columns))
    if b"#" in body or b"(" in body:  # as programs for Windows write what is no number
        body = _NO_NUMBER.sub(lambda match: b"inf" if b"inf" in match[0].lower() else b"nan", body)
    table = np.loadtxt(io.BytesIO(body), comments=None, max_rows=count, ndmin=2, encoding="latin-1")
    if len(table) < count or table.shape[1] < columns:
        raise ValueError(f"{count} lines of {columns} numbers promised, got {table.shape}")
    return table[:, :columns]
