"""The file of the SqueezeNet that Deep Compression's authors published (songhan/SqueezeNet-Deep-Compression).

Little-endian. How many entries each layer has, uint32; then layer by layer: a codebook of 256 float32, of which the
first is 0, a bias of float32, a code of 8 bits for each entry, and a gap of 4 bits, two in a byte, the first in the low
half. A gap says how many zeros were skipped, in the order of (out, in, rows, columns); where they are more than 15, a
filler stands between: gap 15, code 0. There is neither a magic nor a checksum, and no shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from squeezeseg.coding.bit_packing import packed_size, unpack_bits
from squeezeseg.coding.relative_index import from_gaps

CODEBOOK = 256
GAP_BITS = 4


@dataclass(frozen=True, eq=False)
class DecodedLayer:
    """A layer of the file. weights: (out, in, rows, columns). bias: (out,). entries: stored, fillers among them."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    entries: int


def decode_layers(data: bytes, shapes: Sequence[tuple[int, ...]]) -> list[DecodedLayer]:
    """The layers of a file, whose shapes (out, in, rows, columns) must be known.

    Raises:
        ValueError: it is cut short, goes on after the last layer, or doesn't fit the shapes.
    """
    at = 0

    def take(kind: str, count: int) -> NDArray[np.generic]:
        nonlocal at
        size = np.dtype(kind).itemsize * count
        if at + size > len(data):
            raise ValueError(f"{len(data):,} bytes, {at + size:,} at least were expected")
        at += size
        return np.frombuffer(data, kind, count, at - size)

    layers = []
    entries = [int(count) for count in take("<u4", len(shapes)).tolist()]
    for count, shape in zip(entries, shapes, strict=True):
        codebook = take("<f4", CODEBOOK).astype(np.float32)
        bias = take("<f4", shape[0]).astype(np.float32)
        codes = take("u1", count).astype(np.int16)
        gaps = unpack_bits(take("u1", packed_size(count, GAP_BITS)).tobytes(), count, GAP_BITS)
        if codebook[0] != 0:
            raise ValueError("a codebook that doesn't begin with 0")
        flat = from_gaps(gaps, codes, int(np.prod(shape)))
        layers.append(DecodedLayer(codebook[flat].reshape(shape), bias, count))
    if at != len(data):
        raise ValueError(f"{len(data):,} bytes, of which {at:,} are layers")
    return layers
