"""The container of compressed weights, a .sqz file: card, tensors with their codec, ranges of activations, checksum.

    magic             8 bytes, of which one isn't text, and ends of lines that a transfer as text would change
    version           uint16, little-endian as all numbers
    size of header    uint32
    header            JSON, deflated: card, codec, ranges, and each tensor's name, kind, shape and sizes of its parts
    parts             of the tensors, one after the other
    checksum          SHA-256 of all that comes before

Nothing is unpickled, no number is a float until it is multiplied: a file decodes to the same tensors everywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from data.atomic import atomic_write
from data.json_file import parse_json
from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.stored_tensor import Floats, Shared, StoredTensor, Uniform

SUFFIX = ".sqz"
MAGIC = b"\x89SQZ\r\n\x1a\n"
VERSION = 1
MOST_BYTES = 64 << 20
MOST_NUMBERS = 32 << 20
"""Of all tensors together: 128 MiB of float32."""
_MOST_HEADER = 1 << 20
_START = struct.Struct("<8sHI")
_CHECKSUM = hashlib.sha256().digest_size
_KINDS: Mapping[type[StoredTensor], str] = {Floats: "floats", Shared: "shared", Uniform: "uniform"}


@dataclass(frozen=True, eq=False)
class Container:
    """The content of a container.

    tensors: by the names of `Model`. ranges: smallest and largest activation by the name of a layer, for int8.
    codec: how the tensors' codes are written, of `CODECS`.
    """

    card: ModelCard
    tensors: Mapping[str, StoredTensor]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    codec: str = "range"

    def decoded(self) -> dict[str, NDArray[np.float32]]:
        """The tensors as float32."""
        return {name: tensor.decoded() for name, tensor in self.tensors.items()}


class _Tensor(BaseModel):
    """A tensor in the header. sizes: bytes of its parts. axis: of a uniform one's channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=200)
    kind: Literal["floats", "shared", "uniform"]
    shape: list[int] = Field(max_length=8)
    sizes: list[int] = Field(max_length=3)
    half: bool = True
    axis: int = 0


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    card: dict[str, Any]
    codec: str
    ranges: dict[str, list[float]]
    tensors: list[_Tensor] = Field(max_length=4096)


_HEADER = TypeAdapter(_Header)


def encode_container(container: Container) -> bytes:
    """A container as the bytes of its file."""
    entries, parts = list[dict[str, Any]](), list[bytes]()
    for name, tensor in container.tensors.items():
        own = _parts(tensor, container.codec)
        entry: dict[str, Any] = {
            "name": name,
            "kind": _KINDS[type(tensor)],
            "shape": tensor.shape,
            "sizes": list(map(len, own)),
        }
        if isinstance(tensor, Floats) and not tensor.half:
            entry["half"] = False
        if isinstance(tensor, Uniform) and tensor.axis:
            entry["axis"] = tensor.axis
        entries.append(entry)
        parts += own
    header = {
        "card": container.card.as_dict(),
        "codec": container.codec,
        "ranges": {name: list(both) for name, both in container.ranges.items()},
        "tensors": entries,
    }
    packed = zlib.compress(json.dumps(header, separators=(",", ":")).encode(), 9)
    data = b"".join([_START.pack(MAGIC, VERSION, len(packed)), packed, *parts])
    return data + hashlib.sha256(data).digest()


def decode_container(data: bytes, file: str = "") -> Container:
    """The container of a file's bytes. file: for its card.

    Raises:
        ValueError: it is none, is damaged, or newer than this program; in a line.
    """
    if not data.startswith(MAGIC):
        raise ValueError("no container of weights")
    if len(data) < _START.size + _CHECKSUM:
        raise ValueError("cut short")
    _, version, size = _START.unpack_from(data)
    if version > VERSION:
        raise ValueError(f"written by a newer version of this program, in format {version}, not {VERSION}")
    body = data[:-_CHECKSUM]
    if hashlib.sha256(body).digest() != data[-_CHECKSUM:]:
        raise ValueError("the checksum is wrong")
    header = parse_json(_inflated(body[_START.size : _START.size + size]), _HEADER)
    if header.codec not in CODECS:
        raise ValueError(f"unknown codec {header.codec[:40]!r}")
    if any(len(both) != 2 for both in header.ranges.values()):
        raise ValueError("ranges of activations that aren't two numbers")
    numbers = 0
    for entry in header.tensors:
        if any(side < 0 for side in (*entry.shape, *entry.sizes)):
            raise ValueError(f"{entry.name}: a negative size")
        numbers += math.prod(entry.shape)
        if numbers > MOST_NUMBERS:
            raise ValueError(f"over {MOST_NUMBERS:,} numbers")
    parts = body[_START.size + size :]
    if sum(sum(entry.sizes) for entry in header.tensors) != len(parts):
        raise ValueError("tensors that end elsewhere")
    tensors = dict(_tensors(header, parts))
    if len(tensors) != len(header.tensors):
        raise ValueError("two tensors of one name")
    card = ModelCard.from_dict(header.card, file)
    return Container(card, tensors, {name: (a, b) for name, (a, b) in header.ranges.items()}, header.codec)


def read_container(path: Path) -> Container:
    """Read a container. Raises InputError if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"over {MOST_BYTES >> 20} MiB")
        return decode_container(data, path.name)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except InputError as error:  # an architecture, sensor or CRF of the card
        raise InputError(f"{path}: {error}; copy or make it again") from None
    except ValueError as error:
        advice = "update squeezeseg" if "newer version" in str(error) else "copy or make it again"
        raise InputError(f"{path}: damaged weights ({error}); {advice}") from None


def write_container(path: Path, container: Container) -> None:
    """Write a container. Raises InputError if the file can't be written."""
    with atomic_write(path, durable=True) as file:
        file.write(encode_container(container))


def is_container(path: Path) -> bool:
    """True if a file begins as containers do."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _inflated(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _MOST_HEADER)
    except zlib.error:
        raise ValueError("a header that isn't deflated") from None
    if not inflater.eof or inflater.unused_data:
        raise ValueError("a header that ends elsewhere, or is too large")
    return text


def _parts(tensor: StoredTensor, codec: str) -> list[bytes]:
    match tensor:
        case Floats():
            return [np.ascontiguousarray(tensor.values, "<f2" if tensor.half else "<f4").tobytes()]
        case Shared():
            ends = [np.asarray(side, "<f2").tobytes() for side in (tensor.negative, tensor.positive)]
            return [CODECS[codec].encode(tensor.codes), *ends]
        case Uniform():
            return [CODECS[codec].encode(tensor.codes), np.asarray(tensor.scales, "<f2").tobytes()]


def _tensors(header: _Header, parts: bytes) -> Iterator[tuple[str, StoredTensor]]:
    at = 0
    for entry in header.tensors:
        own = list[bytes]()
        for size in entry.sizes:
            own.append(parts[at : at + size])
            at += size
        try:
            yield entry.name, _tensor(entry, own, header.codec)
        except ValueError as error:
            raise ValueError(f"{entry.name}: {error}") from None


def _tensor(entry: _Tensor, parts: list[bytes], codec: str) -> StoredTensor:
    shape = tuple(entry.shape)
    match entry.kind, parts:
        case "floats", [values]:
            flat = np.frombuffer(values, "<f2" if entry.half else "<f4")
            if flat.size != math.prod(shape):
                raise ValueError(f"{flat.size} numbers for the shape {shape}")
            return Floats(flat.reshape(shape).astype(np.float32), entry.half)
        case "shared", [codes, negative, positive]:
            sides = (np.frombuffer(side, "<f2").astype(np.float16) for side in (negative, positive))
            return Shared(CODECS[codec].decode(codes, shape), *sides)
        case "uniform", [codes, scales]:
            return Uniform(
                CODECS[codec].decode(codes, shape), np.frombuffer(scales, "<f2").astype(np.float16), entry.axis
            )
    raise ValueError(f"{len(parts)} parts of a tensor")
