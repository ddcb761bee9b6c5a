"""The layout of a container's file: where its header ends and where each part of its tensors lies."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from data.json_file import parse_json
from squeezeseg.coding import CODECS
from squeezeseg.weights.operations import Operations
from squeezeseg.weights.signature import split_signature

MAGIC = b"\x89SQZ\r\n\x1a\n"
VERSION = 2
"""1 had ranges of activations, and no operations."""
MOST_NUMBERS = 32 << 20
"""Of all tensors together: 128 MiB of float32."""
START = struct.Struct("<8sHI")
CHECKSUM = hashlib.sha256().digest_size
_MOST_HEADER = 1 << 20


class StoredEntry(BaseModel):
    """A tensor in the header. sizes: bytes of its parts. axis: of a uniform one's channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=200)
    kind: Literal["floats", "shared", "uniform"]
    shape: list[int] = Field(max_length=8)
    sizes: list[int] = Field(max_length=3)
    half: bool = True
    axis: int = 0

    @property
    def coded(self) -> bool:
        """True if its first part is codes."""
        return self.kind != "floats"


class Header(BaseModel):
    """The header of a container."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    card: dict[str, Any]
    codec: str
    ranges: dict[str, list[float]] = {}
    """Of activations, in files of version 1; nothing uses them."""
    tensors: list[StoredEntry] = Field(max_length=4096)
    operations: Operations | None = None


_HEADER = TypeAdapter(Header)


@dataclass(frozen=True)
class Layout:
    """A container's bytes, apart.

    head: all before the parts. parts: of each tensor of the header. signature: behind the checksum, empty if none.
    """

    head: bytes
    header: Header
    parts: tuple[tuple[bytes, ...], ...]
    signature: bytes = b""


def split(data: bytes) -> Layout:
    """The layout of a container's bytes, checksum held.

    Raises:
        ValueError: it is none, is damaged, or newer than this program; in a line.
    """
    _header_size(data)
    if len(data) < START.size + CHECKSUM:
        raise ValueError("cut short")
    data, signature = split_signature(data)
    body = data[:-CHECKSUM]
    if hashlib.sha256(body).digest() != data[-CHECKSUM:]:
        raise ValueError("the checksum is wrong")
    header, end = read_header(body)
    if end + sum(sum(entry.sizes) for entry in header.tensors) != len(body):
        raise ValueError("tensors that end elsewhere")
    parts, at = list[tuple[bytes, ...]](), end
    for entry in header.tensors:
        own = list[bytes]()
        for size in entry.sizes:
            own.append(body[at : at + size])
            at += size
        parts.append(tuple(own))
    return Layout(body[:end], header, tuple(parts), signature)


def read_header(data: bytes) -> tuple[Header, int]:
    """The header of a container's first bytes, and where it ends. Raises ValueError as `split`."""
    size = _header_size(data)
    header = parse_json(_inflated(data[START.size : START.size + size]), _HEADER)
    if header.codec not in CODECS:
        raise ValueError(f"unknown codec {header.codec[:40]!r}")
    if len({entry.name for entry in header.tensors}) < len(header.tensors):
        raise ValueError("two tensors of one name")
    numbers = 0
    for entry in header.tensors:
        if any(side < 0 for side in (*entry.shape, *entry.sizes)):
            raise ValueError(f"{entry.name}: a negative size")
        numbers += math.prod(entry.shape)
        if numbers > MOST_NUMBERS:
            raise ValueError(f"over {MOST_NUMBERS:,} numbers")
    return header, START.size + size


def _header_size(data: bytes) -> int:
    if not data.startswith(MAGIC):
        raise ValueError("no container of weights")
    if len(data) < START.size:
        raise ValueError("cut short")
    _, version, size = START.unpack_from(data)
    if version > VERSION:
        raise ValueError(f"written by a newer version of this program, in format {version}, not {VERSION}")
    return int(size)


def _inflated(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _MOST_HEADER)
    except zlib.error:
        raise ValueError("a header that isn't deflated") from None
    if not inflater.eof or inflater.unused_data:
        raise ValueError("a header that ends elsewhere, or is too large")
    return text
