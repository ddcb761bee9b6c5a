"""Whole numbers of a few bits each, one after the other, lowest bit first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 16
"""Numbers that are unpacked at a time, for each of their bits takes a byte."""


def pack_bits(numbers: NDArray[np.integer], bits: int) -> bytes:
    """Numbers 0 ... 2^bits - 1 as ceil(n * bits / 8) bytes; of 4 bits, the first is the low half of a byte."""
    flat = np.ravel(numbers).astype(np.int64)
    if flat.size and not 0 <= flat.min() <= flat.max() < 1 << bits:
        raise ValueError(f"numbers from {flat.min()} to {flat.max()} in {bits} bits")
    spread = (flat[:, None] >> np.arange(bits)).astype(np.uint8) & 1
    return np.packbits(spread, bitorder="little").tobytes()


def unpack_bits(data: bytes, count: int, bits: int) -> NDArray[np.int32]:
    """`count` numbers of `pack_bits`. Raises ValueError if the bytes aren't so many as they take."""
    if len(data) != packed_size(count, bits):
        raise ValueError(f"{count} numbers of {bits} bits in {len(data)} bytes")
    weights = (1 << np.arange(bits)).astype(np.int32)
    numbers = np.zeros(count, np.int32)
    for start in range(0, count, _BLOCK):
        block = numbers[start : start + _BLOCK]
        own = np.frombuffer(data, np.uint8)[start * bits // 8 :]
        block[:] = np.unpackbits(own, count=block.size * bits, bitorder="little").reshape(block.size, bits) @ weights
    return numbers


def packed_size(count: int, bits: int) -> int:
    """Bytes of `count` numbers."""
    return -(-count * bits // 8)
