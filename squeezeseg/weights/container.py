"""The container of compressed weights, a .sqz file: card, tensors with their codec, operations, checksum.

    magic             8 bytes, of which one isn't text, and ends of lines that a transfer as text would change
    version           uint16, little-endian as all numbers
    size of header    uint32
    header            JSON, deflated: card, codec, operations; each tensor's name, kind, shape and sizes of its parts
    parts             of the tensors, one after the other
    checksum          SHA-256 of all that comes before
    signature         where the file is signed, see `signature`

Nothing is unpickled, no number is a float until it is multiplied: a file decodes to the same tensors everywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.layout import MAGIC, START, VERSION, StoredEntry, split
from squeezeseg.weights.operations import Operations
from squeezeseg.weights.stored_tensor import Floats, Shared, StoredTensor, Uniform

SUFFIX = ".sqz"
MOST_BYTES = 64 << 20
T = TypeVar("T")
_KINDS: Mapping[type[StoredTensor], str] = {Floats: "floats", Shared: "shared", Uniform: "uniform"}


@dataclass(frozen=True, eq=False)
class Container:
    """The content of a container.

    tensors: by the names of `Model`.
    codec: how the tensors' codes are written, of `CODECS`. operations: of the network, None where they aren't listed.
    """

    card: ModelCard
    tensors: Mapping[str, StoredTensor]
    codec: str = "range"
    operations: Operations | None = None

    def decoded(self) -> dict[str, NDArray[np.float32]]:
        """The tensors as float32."""
        return {name: tensor.decoded() for name, tensor in self.tensors.items()}


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
        "tensors": entries,
    }
    if container.operations is not None:
        header["operations"] = container.operations.as_dict()
    packed = zlib.compress(json.dumps(header, separators=(",", ":")).encode(), 9)
    data = b"".join([START.pack(MAGIC, VERSION, len(packed)), packed, *parts])
    return data + hashlib.sha256(data).digest()


def decode_container(data: bytes, file: str = "") -> Container:
    """The container of a file's bytes. file: for its card.

    Raises:
        ValueError: it is none, is damaged, or newer than this program; in a line.
    """
    layout = split(data)
    header, tensors = layout.header, dict[str, StoredTensor]()
    for entry, parts in zip(header.tensors, layout.parts, strict=True):
        try:
            tensors[entry.name] = _tensor(entry, parts, header.codec)
        except ValueError as error:
            raise ValueError(f"{entry.name}: {error}") from None
    if header.operations is not None:
        header.operations.check({name: tensor.shape for name, tensor in tensors.items()})
    card = ModelCard.from_dict(header.card, file)
    return Container(card, tensors, header.codec, header.operations)


def read_container(path: Path) -> Container:
    """Read a container. Raises InputError if it can't be read."""
    return _read(path, _decoded_once)


def read_card(path: Path) -> ModelCard:
    """The card of a container, whose tensors aren't decoded. Raises InputError if it can't be read."""
    return _read(path, lambda data, file: ModelCard.from_dict(split(data).header.card, file))


@lru_cache(maxsize=2)
def _once(data: bytes) -> Container:
    return decode_container(data)


def _decoded_once(data: bytes, file: str) -> Container:
    """`decode_container`, which a program that starts asks for several times: for the choice, the times, the engine."""
    found = _once(data)
    return replace(found, card=replace(found.card, file=file))


def _read(path: Path, decode: Callable[[bytes, str], T]) -> T:
    try:
        return decode(read_bytes(path), path.name)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except InputError as error:  # an architecture, sensor or CRF of the card
        raise InputError(f"{path}: {error}; copy or make it again") from None
    except ValueError as error:
        advice = "update squeezeseg" if "newer version" in str(error) else "copy or make it again"
        raise InputError(f"{path}: damaged weights ({error}); {advice}") from None


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises ValueError if there are more than any container has, and OSError."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"over {MOST_BYTES >> 20} MiB")
    return data


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


def _parts(tensor: StoredTensor, codec: str) -> list[bytes]:
    match tensor:
        case Floats():
            return [np.ascontiguousarray(tensor.values, "<f2" if tensor.half else "<f4").tobytes()]
        case Shared():
            ends = [np.asarray(side, "<f2").tobytes() for side in (tensor.negative, tensor.positive)]
            return [CODECS[codec].encode(tensor.codes), *ends]
        case Uniform():
            return [CODECS[codec].encode(tensor.codes), np.asarray(tensor.scales, "<f2").tobytes()]


def _tensor(entry: StoredEntry, parts: tuple[bytes, ...], codec: str) -> StoredTensor:
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
