"""Tables of pandas in pickles (.pkl, .pkl.gz): their columns, read without pandas and without running anything.

Known are the shapes in which pandas 0.24 to 3 pickles a DataFrame of numbers, truth values and text: a block manager
with blocks of columns of one type, its arrays as NumPy 1 and 2 pickle them.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.regular_file import check_regular
from data.sources.pandaset.opcodes import Call, Interpreter, Name
from projection.errors import InputError

MAX_BYTES = 256 << 20
"""Of a pickle, unpacked; a scan of PandaSet has 10 MB."""

_NUMPY = [
    (f"{core}.{module}", name)
    for core in ("numpy.core", "numpy._core")
    for module, name in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
]
_INDEX_NAMES = ("Index", "RangeIndex", "Int64Index", "Float64Index", "UInt64Index")
NAMES = frozenset(
    [
        *_NUMPY,
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("builtins", "slice"),
        ("__builtin__", "slice"),
        ("builtins", "bytearray"),
        ("_codecs", "encode"),
        ("pandas", "DataFrame"),
        ("pandas.core.frame", "DataFrame"),
        ("pandas.core.internals", "BlockManager"),
        ("pandas.core.internals.managers", "BlockManager"),
        ("pandas._libs.internals", "BlockManager"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("pandas.core.internals.blocks", "new_block"),
        ("pandas.core.indexes.base", "_new_Index"),
        *(("pandas", name) for name in _INDEX_NAMES),
        *(("pandas.core.indexes.base", name) for name in _INDEX_NAMES),
        *(("pandas.core.indexes.range", name) for name in _INDEX_NAMES),
        *(("pandas.core.indexes.numeric", name) for name in _INDEX_NAMES),
    ]
)
"""What such pickles name. None of it is imported."""

_NUMBERS = re.compile(r"([fiu][1248]|b1)")
_PLAIN = (str, int, float, bool, type(None))


def read_frame(path: Path) -> dict[str, NDArray[Any]]:
    """The columns of a table, (N,) each; text is an array of objects.

    Raises:
        InputError: the file can't be read, is no table of pandas, or does what no table does.
    """
    try:
        return parse_frame(_unpacked(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split())[:200] or "cut short"
        raise InputError(f"{path}: no pickled table of pandas ({reason}); download it again") from None


def parse_frame(data: bytes) -> dict[str, NDArray[Any]]:
    """The columns of a pickled table. Raises ValueError for a reason in one line."""
    table = Interpreter(NAMES).run(data)
    if not _is_call(table, "DataFrame") or not isinstance(table.state, dict):
        raise ValueError("it holds no DataFrame")
    manager = table.state.get("_mgr", table.state.get("_data"))
    if not isinstance(manager, Call) or manager.of.name != "BlockManager":
        raise ValueError("a DataFrame without blocks")
    try:
        names, blocks = _newer(manager) if manager.arguments else _older(manager.state)
        columns: dict[int, NDArray[Any]] = {}
        for values, places in blocks:
            if values.ndim != 2 or len(values) != len(places):
                raise ValueError("a block of another shape than its columns")
            columns |= dict(zip(places, values, strict=True))
        rows = {len(column) for column in columns.values()}
    except (TypeError, IndexError, KeyError, AttributeError) as error:
        raise ValueError(f"a DataFrame of an unknown shape ({type(error).__name__})") from None
    if len(rows) > 1 or sorted(columns) != list(range(len(names))):
        raise ValueError("columns are missing")
    return {name: columns[number] for number, name in enumerate(names)}


_Block = tuple[NDArray[Any], list[int]]


def _newer(manager: Call) -> tuple[list[str], Iterable[_Block]]:
    """Since pandas 1.3: (blocks, axes); a block is (values, places, dimensions)."""
    blocks, axes = manager.arguments
    made = [(_array(block.arguments[0]), block.arguments[1]) for block in blocks if isinstance(block, Call)]
    return _labels(axes[0]), [(values, _places(places)) for values, places in made]


def _older(state: Any) -> tuple[list[str], Iterable[_Block]]:
    """Up to pandas 1.2: (axes, values, items, {'0.14.1': {axes, blocks: [{values, mgr_locs}]}})."""
    content = state[3]["0.14.1"]
    made = [(_array(block["values"]), _places(block["mgr_locs"])) for block in content["blocks"]]
    return _labels(content["axes"][0]), made


def _is_call(value: Any, name: str) -> bool:
    return isinstance(value, Call) and value.of.name == name


def _labels(index: Any) -> list[str]:
    """The names in an index of columns."""
    if not _is_call(index, "_new_Index") or not isinstance(index.arguments[0], Name):
        raise ValueError("columns without names")
    names: list[Any] = _array(index.arguments[1]["data"]).tolist()
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise ValueError("columns without names, or with the same one")
    return names


def _places(value: Any) -> list[int]:
    """The columns that a block has: a slice or an array."""
    if _is_call(value, "slice"):
        start, stop, step = value.arguments
        if not all(isinstance(number, int) and abs(number) < 1 << 16 for number in (start, stop, step)) or step == 0:
            raise ValueError("a slice of no columns")
        return list(range(start, stop, step))
    return [int(number) for number in _array(value)]


def _array(value: Any) -> NDArray[Any]:
    """A NumPy array, as NumPy pickles it."""
    if _is_call(value, "_frombuffer"):
        raw, kind, shape, order = value.arguments
        return _shaped(_bytes(raw), _dtype(kind), shape, order == "F")
    if _is_call(value, "_reconstruct") and isinstance(value.state, tuple):
        _, shape, kind, fortran, content = value.state
        if isinstance(content, list):
            return _objects(content, shape, bool(fortran))
        return _shaped(_bytes(content), _dtype(kind), shape, bool(fortran))
    raise ValueError("a column that is no array of NumPy, such as text of pandas 3")


def _shaped(raw: bytes, kind: np.dtype[Any], shape: Any, fortran: bool) -> NDArray[Any]:
    if len(raw) != kind.itemsize * _count(shape):
        raise ValueError("an array of another size than its content")
    return np.frombuffer(raw, kind).reshape(shape, order="F" if fortran else "C")


def _objects(content: list[Any], shape: Any, fortran: bool) -> NDArray[Any]:
    if len(content) != _count(shape):
        raise ValueError("an array of another size than its content")
    array = np.empty(len(content), object)
    for number, one in enumerate(content):
        array[number] = _scalar(one) if _is_call(one, "scalar") else one
        if not isinstance(array[number], _PLAIN):
            raise ValueError("a column of what is neither text nor a number")
    return array.reshape(shape, order="F" if fortran else "C")


def _scalar(call: Call) -> Any:
    kind, raw = call.arguments
    return _shaped(_bytes(raw), _dtype(kind), (1,), False)[0].item()


def _count(shape: Any) -> int:
    if not isinstance(shape, tuple) or not all(isinstance(size, int) and 0 <= size < 1 << 31 for size in shape):
        raise ValueError("an array without a shape")
    return math.prod(shape)


def _dtype(value: Any) -> np.dtype[Any]:
    if not _is_call(value, "dtype") or not _NUMBERS.fullmatch(str(value.arguments[0])):
        raise ValueError("a column that is no number")
    order = value.state[1] if isinstance(value.state, tuple) else "<"
    if order not in ("<", ">", "|", "="):
        raise ValueError("a column without a byte order")
    kind: np.dtype[Any] = np.dtype(order + value.arguments[0])
    return kind


def _bytes(value: Any) -> bytes:
    if _is_call(value, "encode") and value.arguments[1:] == ("latin1",):  # of protocol 2, which has none
        return bytes(value.arguments[0].encode("latin-1"))
    if _is_call(value, "bytearray") and len(value.arguments) == 1:
        return _bytes(value.arguments[0]) if not _is_call(value.arguments[0], "bytearray") else b""
    if not isinstance(value, bytes | bytearray):
        raise ValueError("an array without content")
    return bytes(value)


def _unpacked(path: Path) -> bytes:
    check_regular(path)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"over {MAX_BYTES >> 20} MiB")
    return data
