"""Canonical Huffman codes: only the lengths of the words are stored, one for each symbol."""

from __future__ import annotations

import heapq
from itertools import count

import numpy as np
from numba import njit
from numpy.typing import NDArray

from squeezeseg.coding.bit_packing import pack_bits, packed_size, unpack_bits

_LONGEST = 32
"""Bits of a word; a longer one needs more symbols than a network has weights (Fibonacci's number of them)."""
_LENGTH_BITS = 6


def word_lengths(counts: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Bits of each symbol's word, 0 for one that doesn't occur; a symbol that is alone has 1."""
    lengths = np.zeros(len(counts), np.uint8)
    order = count()  # breaks ties, so that the words are the same everywhere
    heap: list[tuple[int, int, tuple[int, ...]]] = [
        (int(counts[s]), next(order), (int(s),)) for s in np.flatnonzero(counts)
    ]
    if len(heap) == 1:
        lengths[heap[0][2][0]] = 1
    heapq.heapify(heap)
    while len(heap) > 1:
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        lengths[[*left, *right]] += 1
        heapq.heappush(heap, (a + b, next(order), (*left, *right)))
    return lengths


def encode_symbols(symbols: NDArray[np.integer], alphabet: int) -> bytes:
    """Symbols 0 ... alphabet - 1 as bytes: the lengths of their words, then the words."""
    lengths = word_lengths(np.bincount(symbols, minlength=alphabet))
    size = int(lengths[symbols].sum(dtype=np.int64))
    bits = np.zeros(size, np.uint8)
    _write(np.ascontiguousarray(symbols, np.int64), lengths, _words(lengths), bits)
    return pack_bits(lengths, _LENGTH_BITS) + np.packbits(bits).tobytes()


def decode_symbols(data: bytes, count: int, alphabet: int) -> tuple[NDArray[np.int64], int]:
    """`count` symbols of `encode_symbols`, and how many bytes they took. Raises ValueError if there are fewer."""
    table = packed_size(alphabet, _LENGTH_BITS)
    lengths = unpack_bits(data[:table], alphabet, _LENGTH_BITS).astype(np.uint8)
    if lengths.max(initial=0) > _LONGEST or (2.0 ** -lengths[lengths > 0].astype(float)).sum() > 1:
        raise ValueError("no Huffman code")
    if count and not lengths.any():
        raise ValueError("a Huffman code without a word")
    words = np.frombuffer(data, np.uint8, offset=table)
    symbols = np.zeros(count, np.int64)
    read = _read(words, *_tables(lengths), symbols)
    if read < 0:
        raise ValueError("Huffman words that are cut short")
    return symbols, table + (read + 7) // 8


def _sorted(lengths: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Symbols that occur, by the length of their word, then by themselves."""
    present = np.flatnonzero(lengths)
    return np.asarray(present[np.argsort(lengths[present], kind="stable")], np.int64)


def _tables(lengths: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """By length: the first word, and how many there are; symbols in the order of their words."""
    many = np.bincount(lengths, minlength=_LONGEST + 1).astype(np.int64)
    many[0] = 0
    first = np.zeros(_LONGEST + 1, np.int64)
    for length in range(1, _LONGEST + 1):
        first[length] = (first[length - 1] + many[length - 1]) << 1
    return first, many, _sorted(lengths)


def _words(lengths: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Each symbol's word."""
    first, many, order = _tables(lengths)
    words = np.zeros(len(lengths), np.int64)
    starts = np.cumsum(many) - many
    words[order] = first[lengths[order]] + np.arange(len(order)) - starts[lengths[order]]
    return words


@njit(cache=True, nogil=True)
def _write(symbols, lengths, words, bits):  # type: ignore[no-untyped-def]
    at = 0
    for symbol in symbols:
        for place in range(lengths[symbol] - 1, -1, -1):
            bits[at] = (words[symbol] >> place) & 1
            at += 1


@njit(cache=True, nogil=True)
def _read(data, first, many, order, symbols):  # type: ignore[no-untyped-def]
    """Fill `symbols`; how many bits they took, -1 where they end too early or are no words."""
    at, size = 0, 8 * data.size
    for k in range(symbols.size):
        word = start = length = 0
        while True:
            length += 1
            if at >= size or length > _LONGEST:
                return -1
            word = 2 * word + ((data[at >> 3] >> (7 - (at & 7))) & 1)
            at += 1
            if word - first[length] < many[length]:
                symbols[k] = order[start + word - first[length]]
                break
            start += many[length]
    return at
