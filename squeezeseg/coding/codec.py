"""The ways to write a tensor's codes as bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from squeezeseg.coding.bit_packing import pack_bits, unpack_bits
from squeezeseg.coding.huffman import decode_symbols, encode_symbols
from squeezeseg.coding.range_coder import decode_codes, encode_codes
from squeezeseg.coding.relative_index import from_gaps, to_gaps

Codes = NDArray[np.int16]
_SPAN = struct.Struct("<hH")  # the least code, how many values there are from it on
_ENTRIES = struct.Struct("<I")
_GAP_BITS = 4
_MOST_VALUES = 511


@dataclass(frozen=True)
class Codec:
    """A way to write codes (int16, of any shape) as bytes.

    decode: the codes of a shape. It raises ValueError for bytes that aren't theirs, and takes no more memory than the
    shape does.
    """

    encode: Callable[[Codes], bytes]
    decode: Callable[[bytes, tuple[int, ...]], Codes]


def _span(codes: Codes) -> tuple[int, int]:
    return (int(codes.min()), int(codes.max()) - int(codes.min()) + 1) if codes.size else (0, 1)


def _opened(data: bytes) -> tuple[int, int, bytes]:
    """The least code, how many values there are, and the rest of the bytes."""
    if len(data) < _SPAN.size:
        raise ValueError("codes that are cut short")
    least, values = _SPAN.unpack_from(data)
    if not (1 <= values <= _MOST_VALUES and -_MOST_VALUES <= least <= _MOST_VALUES):
        raise ValueError(f"codes of {values} values from {least}")
    return least, values, data[_SPAN.size :]


def _packed(codes: Codes) -> bytes:
    least, values = _span(codes)
    return _SPAN.pack(least, values) + pack_bits(codes.astype(np.int32) - least, (values - 1).bit_length())


def _unpacked(data: bytes, shape: tuple[int, ...]) -> Codes:
    least, values, rest = _opened(data)
    numbers = unpack_bits(rest, int(np.prod(shape)), (values - 1).bit_length())
    return (numbers + least).astype(np.int16).reshape(shape)


def _huffman(codes: Codes) -> bytes:
    gaps, entries = to_gaps(codes.ravel(), _GAP_BITS)
    least, values = _span(entries)
    words = encode_symbols(entries.astype(np.int64) - least, values), encode_symbols(gaps, 1 << _GAP_BITS)
    return _SPAN.pack(least, values) + _ENTRIES.pack(len(entries)) + b"".join(words)


def _unhuffman(data: bytes, shape: tuple[int, ...]) -> Codes:
    least, values, rest = _opened(data)
    if len(rest) < _ENTRIES.size:
        raise ValueError("codes that are cut short")
    (count,), words, size = _ENTRIES.unpack_from(rest), rest[_ENTRIES.size :], int(np.prod(shape))
    if count > size:
        raise ValueError(f"{count} entries for {size} codes")
    entries, used = decode_symbols(words, count, values)
    gaps, more = decode_symbols(words[used:], count, 1 << _GAP_BITS)
    if used + more != len(words):
        raise ValueError("codes that end elsewhere")
    return from_gaps(gaps, entries + least, size).reshape(shape)


CODECS: Mapping[str, Codec] = {
    "bits": Codec(_packed, _unpacked),
    "huffman": Codec(_huffman, _unhuffman),
    "range": Codec(encode_codes, decode_codes),
}
"""By name. bits: as few for each as all need. huffman: Deep Compression's, gaps and codes of those that aren't zero.
range: the context-adaptive range coder."""
