"""Patches: what changed between two containers, so that an update needn't send the rest.

    magic      8 bytes
    version    uint16
    base       SHA-256 of the file that the patch is for, without its signature
    target     SHA-256 of the file that it makes
    head       uint32 and so many bytes: the new file's, before its parts
    parts      of the new file's tensors: how each is sent (uint8), the size (uint32), the bytes
    signature  of the new file, where it has one
    checksum   SHA-256 of all that comes before
    signature  where the patch is signed, see `signature`

A part is sent as nothing where it is the old file's, as the differences of its codes, or whole: whichever is smallest.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.atomic import atomic_write
from projection import InputError
from squeezeseg.coding import CODECS, Codes
from squeezeseg.coding.range_coder import MOST
from squeezeseg.weights.container import read_bytes
from squeezeseg.weights.layout import CHECKSUM, Header, Layout, StoredEntry, read_header, split
from squeezeseg.weights.signature import check_signature, signed, split_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAGIC = b"\x89SQP\r\n\x1a\n"
VERSION = 1
_START = struct.Struct("<8sH32s32sI")
_PART = struct.Struct("<BI")
_SAME, _DIFFERENCE, _WHOLE = range(3)
_DIFFERENCES = CODECS["range"]
_OldParts = Mapping[str, tuple[StoredEntry, tuple[bytes, ...], str]]
"""Of each tensor by its name: its entry, its parts, the codec of its codes."""


@dataclass(frozen=True)
class OpenedPatch:
    """A patch's bytes, apart.

    base, target: checksums. head, header: of the new file. parts: how each is sent, and as what, in their order.
    signature: of the new file, or none.
    """

    base: bytes
    target: bytes
    head: bytes
    header: Header
    parts: tuple[tuple[int, bytes], ...]
    signature: bytes


def make_patch(old: bytes, new: bytes) -> bytes:
    """The patch from one container's bytes to another's. Raises ValueError if either is no container."""
    before, after = _by_name(split(old)), split(new)
    pieces = [_START.pack(MAGIC, VERSION, _base(old), _sha256(new), len(after.head)), after.head]
    for entry, parts in zip(after.header.tensors, after.parts, strict=True):
        for number, part in enumerate(parts):
            how, data = _sent(before, entry, number, part, after.header.codec)
            pieces += [_PART.pack(how, len(data)), data]
    body = b"".join([*pieces, after.signature])
    return body + _sha256(body)


def open_patch(data: bytes) -> OpenedPatch:
    """A patch's bytes, apart, checksum held.

    Raises:
        ValueError: the patch is damaged, or newer than this program; in a line.
    """
    if not data.startswith(MAGIC):
        raise ValueError("no patch of weights")
    if len(data) < _START.size + CHECKSUM:
        raise ValueError("cut short")
    _, version, base, target, size = _START.unpack_from(data)
    if version > VERSION:
        raise ValueError(f"written by a newer version of this program, in format {version}, not {VERSION}")
    data, _ = split_signature(data)
    body = data[:-CHECKSUM]
    if _sha256(body) != data[-CHECKSUM:]:
        raise ValueError("the checksum is wrong")
    at = _START.size + size
    head = body[_START.size : at]
    header, _ = read_header(head)
    parts = list[tuple[int, bytes]]()
    for _ in range(sum(len(entry.sizes) for entry in header.tensors)):
        if at + _PART.size > len(body):
            raise ValueError("too few parts")
        how, length = _PART.unpack_from(body, at)
        at += _PART.size + length
        parts.append((how, body[at - length : at]))
    return OpenedPatch(base, target, head, header, tuple(parts), body[at:])


def apply_patch(old: bytes, patch: bytes) -> bytes:
    """The new container's bytes.

    Raises:
        ValueError: the patch is damaged, newer than this program, or for another file; in a line.
    """
    opened = open_patch(patch)
    if _base(old) != opened.base:
        raise ValueError("it is for other weights than these")
    before, parts = _by_name(split(old)), iter(opened.parts)
    pieces = [opened.head]
    for entry in opened.header.tensors:
        pieces += [
            _received(before, entry, number, *next(parts), opened.header.codec) for number in range(len(entry.sizes))
        ]
    made = b"".join(pieces)
    made += _sha256(made) + opened.signature
    if _sha256(made) != opened.target:
        raise ValueError("it makes other weights than it was made for")
    return made


def write_patch(old: Path, new: Path, patch: Path, key: Ed25519PrivateKey | None = None) -> int:
    """Write the patch from one .sqz file to another, signed if there is a key; its bytes.

    Raises:
        InputError: a file can't be read or written.
    """
    data = make_patch(*(_read(path) for path in (old, new)))
    data = data if key is None else signed(data, key)
    with atomic_write(patch, durable=True) as file:
        file.write(data)
    return len(data)


def patch_weights(old: Path, patch: Path, new: Path, key: Ed25519PublicKey | None = None) -> int:
    """Write the .sqz file that a patch makes of another; its bytes.

    key: the one that must have signed the patch.

    Raises:
        InputError: a file can't be read or written; the patch is damaged, for other weights, or not signed by the key.
    """
    base = _read(old)
    try:
        change = read_bytes(patch)
        if key is not None:
            check_signature(change, key)
        data = apply_patch(base, change)
    except OSError as error:
        raise InputError(f"{patch}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(f"{patch}: can't be applied to {old} ({error}); get the patch for it, or the whole") from None
    with atomic_write(new, durable=True) as file:
        file.write(data)
    return len(data)


def _read(path: Path) -> bytes:
    try:
        data = read_bytes(path)
        split(data)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(f"{path}: no .sqz file to patch ({error})") from None
    return data


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _base(old: bytes) -> bytes:
    """The checksum of a file that a patch is for, whether it is signed or not."""
    return _sha256(split_signature(old)[0])


def _by_name(layout: Layout) -> _OldParts:
    own = zip(layout.header.tensors, layout.parts, strict=True)
    return {entry.name: (entry, parts, layout.header.codec) for entry, parts in own}


def _sent(before: _OldParts, entry: StoredEntry, number: int, part: bytes, codec: str) -> tuple[int, bytes]:
    """How a part is sent, and as what."""
    if entry.name in before:
        _, parts, _ = before[entry.name]
        if number < len(parts) and parts[number] == part:
            return _SAME, b""
    old = _old_codes(before, entry) if entry.coded and number == 0 else None
    if old is not None:
        change = CODECS[codec].decode(part, tuple(entry.shape)).astype(np.int32) - old
        if np.abs(change).max(initial=0) <= MOST:
            data = _DIFFERENCES.encode(change.astype(np.int16))
            if len(data) < len(part):
                return _DIFFERENCE, data
    return _WHOLE, part


def _received(before: _OldParts, entry: StoredEntry, number: int, how: int, data: bytes, codec: str) -> bytes:
    """The part that was sent. Raises ValueError if it was none."""
    if how == _WHOLE:
        return data
    if entry.name not in before:
        raise ValueError(f"{entry.name}: not among the old weights")
    if how == _SAME and number < len(before[entry.name][1]):
        return before[entry.name][1][number]
    old = _old_codes(before, entry) if entry.coded and number == 0 else None
    if how != _DIFFERENCE or old is None:
        raise ValueError(f"{entry.name}: a part that can't be made of the old weights")
    return CODECS[codec].encode(old + _DIFFERENCES.decode(data, tuple(entry.shape)))


def _old_codes(before: _OldParts, entry: StoredEntry) -> Codes | None:
    """The old codes of a tensor, None if it had none of this shape."""
    if entry.name not in before:
        return None
    old, parts, codec = before[entry.name]
    if not old.coded or old.shape != entry.shape:
        return None
    return CODECS[codec].decode(parts[0], tuple(entry.shape))
