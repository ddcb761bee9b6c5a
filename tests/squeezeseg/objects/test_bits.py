"""Words of 64 pixels, against arrays of bools."""

from __future__ import annotations

import numpy as np
import pytest

from squeezeseg.objects import bits

WIDTHS = [1, 63, 64, 65, 130, 192]


def packed(row):
    """The words of bools (W,)."""
    out = np.empty(bits.words(len(row)), np.uint64)
    padded = np.zeros(len(out) * bits.WORD, np.uint8)
    padded[: len(row)] = row
    bits.pack(padded, out)
    return out


def unpacked(words, width):
    return np.unpackbits(words.view(np.uint8), bitorder="little")[:width].astype(bool)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_of_pixels_becomes_words_and_shifts_across_them(width):
    row = np.random.default_rng(width).random(width) < 0.4
    words = packed(row)
    assert np.array_equal(unpacked(words, width), row)
    assert sum(bits.count(word) for word in words) == row.sum()
    assert [bits.lowest(word) for word in words if word] == [
        np.flatnonzero(part)[0] for part in np.split(row, range(64, width, 64)) if part.any()
    ]
    for step in (1, 2, 12, 63):
        moved = np.array([bits.from_left(words, k, step) for k in range(len(words))], np.uint64)
        assert np.array_equal(unpacked(moved, width), np.pad(row, (step, 0))[:width])
    moved = np.array([bits.from_right(words, k) for k in range(len(words))], np.uint64)
    assert np.array_equal(unpacked(moved, width), np.append(row[1:], False))


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (5, 64), (63, 65), (64, 128), (0, 192), (70, 71), (127, 128)])
def test_a_range_of_columns_is_set_in_each_of_its_words(start, stop):
    words = np.zeros(3, np.uint64)
    for k in range(start // 64, (stop - 1) // 64 + 1):
        words[k] = bits.within(start, stop, k)
    assert np.flatnonzero(unpacked(words, 192)).tolist() == list(range(start, stop))
