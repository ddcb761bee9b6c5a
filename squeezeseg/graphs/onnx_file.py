"""ONNX's file format as far as networks need it, written by hand: engines read it, and no package of ONNX's is needed.

A message of protocol buffers is a row of fields: a tag, of the field's number and its wire type, then a varint, four
bytes, or a length and so many bytes. Numbers of fields are those of onnx.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 10
_VARINT, _BYTES, _FOUR = 0, 2, 5
_TYPES: Mapping[str, int] = {
    "float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9, "float16": 10,
}  # fmt: skip
"""Of TensorProto, by NumPy's names."""
_FLOAT, _INT, _STRING, _FLOATS, _INTS = 1, 2, 3, 6, 7  # of AttributeProto

Attribute = int | float | str | Sequence[int] | Sequence[float]


def model(
    nodes: Iterable[bytes],
    tensors: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    opset: int,
    metadata: Mapping[str, str],
) -> bytes:
    """A file's bytes. nodes, tensors, inputs, outputs: of `node`, `tensor` and `value`, in the order of their use."""
    graph = b"".join(
        [
            *(_field(1, one) for one in nodes),
            _text(2, "network"),
            *(_field(5, one) for one in tensors),
            *(_field(11, one) for one in inputs),
            *(_field(12, one) for one in outputs),
        ]
    )
    entries = (_field(14, _text(1, key) + _text(2, value)) for key, value in metadata.items())
    return b"".join(
        [_int(1, IR_VERSION), _text(2, "squeezeseg"), _field(7, graph), _field(8, _int(2, opset)), *entries]
    )


def node(
    kind: str, takes: Sequence[str], gives: Sequence[str], attributes: Mapping[str, Attribute] | None = None
) -> bytes:
    """An operation. takes, gives: names of values; '' for an input that is left out."""
    given = (attributes or {}).items()
    return b"".join(
        [
            *(_text(1, one) for one in takes),
            *(_text(2, one) for one in gives),
            _text(3, gives[0]),
            _text(4, kind),
            *(_field(5, _attribute(name, value)) for name, value in given),
        ]
    )


def tensor(name: str, values: NDArray[Any]) -> bytes:
    """A constant."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    dims = b"".join(_int(1, side) for side in values.shape)
    return dims + _int(2, _TYPES[values.dtype.name]) + _text(8, name) + _field(9, little.tobytes())


def value(name: str, shape: Sequence[int | str]) -> bytes:
    """An input or output in float32. shape: with names for sides of any length."""
    sides = (_field(1, _text(2, side) if isinstance(side, str) else _int(1, side)) for side in shape)
    of_shape = _field(2, b"".join(sides))
    return _text(1, name) + _field(2, _field(1, _int(1, _TYPES["float32"]) + of_shape))


def _attribute(name: str, value: Attribute) -> bytes:
    head = _text(1, name)
    match value:
        case int():
            return head + _int(3, value) + _int(20, _INT)
        case float():
            return head + _tag(2, _FOUR) + struct.pack("<f", value) + _int(20, _FLOAT)
        case str():
            return head + _text(4, value) + _int(20, _STRING)
    if all(isinstance(one, int) for one in value):
        return head + b"".join(_int(8, int(one)) for one in value) + _int(20, _INTS)
    return head + b"".join(_tag(7, _FOUR) + struct.pack("<f", one) for one in value) + _int(20, _FLOATS)


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, content: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(content)) + content


def _int(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint(value)


def _tag(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative ones as 64 bits
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
