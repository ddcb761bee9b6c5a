"""Codes as bytes and back, by each codec; sizes against the entropy."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from oracles.entropy import entropy_bytes
from oracles.huffman import shortest_total
from oracles.range_coder import decode as decode_slowly

from squeezeseg.coding import CODECS
from squeezeseg.coding.bit_packing import pack_bits, unpack_bits
from squeezeseg.coding.huffman import decode_symbols, encode_symbols, word_lengths
from squeezeseg.coding.range_coder import MOST
from squeezeseg.coding.relative_index import from_gaps, to_gaps

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=7)
CODES = hnp.arrays(np.int16, SHAPES, elements=st.integers(-MOST, MOST) | st.just(0), fill=st.just(0))
EACH = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)


def sparse(shape, density, largest, seed=0):
    """Codes as a pruned layer has them: of a normal distribution, most of them zero."""
    rng = np.random.default_rng(seed)
    sizes = np.clip(np.rint(rng.normal(0, largest / 3, shape)), -largest, largest)
    return np.where(rng.random(shape) < density, sizes, 0).astype(np.int16)


@EACH
@settings(deadline=None)
@given(codes=CODES)
def test_codes_come_back(codec, codes):
    read = codec.decode(codec.encode(codes), codes.shape)
    assert read.dtype == np.int16
    np.testing.assert_array_equal(read, codes)


@EACH
@pytest.mark.parametrize("largest", [0, 1, MOST])
def test_a_layer_of_one_value_comes_back(codec, largest):
    codes = np.full((3, 5, 3, 3), largest, np.int16)
    np.testing.assert_array_equal(codec.decode(codec.encode(codes), codes.shape), codes)


@EACH
def test_damaged_codes_are_others_or_refused(codec):
    codes = sparse((4, 6, 3, 3), 0.4, 20)
    whole, draw = codec.encode(codes), random.Random(0)
    for _ in range(300):
        data = bytearray(whole[: draw.choice((len(whole), draw.randrange(len(whole))))])
        for _ in range(draw.randrange(4) if data else 0):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            read = codec.decode(bytes(data), codes.shape)
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
        else:
            assert read.shape == codes.shape


@pytest.mark.parametrize(
    ("density", "largest", "most"), [(1.0, 127, 1.02), (1.0, 7, 1.02), (0.33, 16, 1.02), (0.05, 16, 1.05)]
)
def test_the_range_coder_comes_near_the_entropy_where_there_is_nothing_to_be_learned(density, largest, most):
    codes = sparse((64, 64, 3, 3), density, largest)
    assert len(CODECS["range"].encode(codes)) < most * entropy_bytes(codes)


def test_the_range_coder_beats_the_entropy_where_channels_differ():
    dense, empty = sparse((64, 32, 3, 3), 0.6, 16), sparse((64, 32, 3, 3), 0.02, 16)
    codes = np.concatenate([dense, empty], axis=1)
    assert len(CODECS["range"].encode(codes)) < 0.9 * entropy_bytes(codes)


def test_the_range_coder_beats_the_entropy_where_channels_are_of_different_sizes():
    sizes = np.array([2, 8, 32])[np.random.default_rng(0).integers(0, 3, (64, 1, 1, 1))]
    codes = np.rint(np.random.default_rng(1).normal(0, sizes, (64, 64, 3, 3))).astype(np.int16)
    assert len(CODECS["range"].encode(codes)) < 0.95 * entropy_bytes(codes)


def test_the_range_coder_foresees_the_signs_of_smooth_kernels():
    rng = np.random.default_rng(0)
    codes = np.rint(4 * rng.normal(size=(64, 64, 1, 1)) + rng.normal(size=(64, 64, 3, 3))).astype(np.int16)
    assert len(CODECS["range"].encode(codes)) < 0.8 * entropy_bytes(codes)


def test_an_empty_layer_takes_a_byte():
    assert len(CODECS["range"].encode(np.zeros((64, 64, 3, 3), np.int16))) == 1


def test_the_range_coder_writes_these_bytes():
    """On every machine, of every version: files hold them."""
    codes = np.array([[0, 3, -1, 0, 255, 0], [0, 0, -7, 2, 1, 0]], np.int16)
    assert CODECS["range"].encode(codes).hex() == "0865dabc0f180005b335e6000000"
    assert CODECS["range"].encode(codes.reshape(1, 2, 2, 3)).hex() == "086694cb91e5d8e225e22f890000"


@settings(deadline=None, max_examples=40)
@given(codes=hnp.arrays(np.int16, hnp.array_shapes(min_dims=2, max_dims=4, max_side=5), elements=st.integers(-40, 40)))
def test_the_range_coders_kernel_reads_what_its_twin_reads(codes):
    np.testing.assert_array_equal(decode_slowly(CODECS["range"].encode(codes), codes.shape), codes)


def test_the_kernel_and_its_twin_agree_on_a_sparse_layer():
    codes = sparse((8, 6, 3, 3), 0.2, 9)
    np.testing.assert_array_equal(decode_slowly(CODECS["range"].encode(codes), codes.shape), codes)


def test_codes_too_large_are_refused():
    with pytest.raises(ValueError, match="256"):
        CODECS["range"].encode(np.array([256], np.int16))


@given(numbers=st.lists(st.integers(0, 31)), bits=st.integers(5, 9))
def test_packed_numbers_come_back(numbers, bits):
    data = pack_bits(np.array(numbers, np.int64), bits)
    assert len(data) == -(-len(numbers) * bits // 8)
    assert unpack_bits(data, len(numbers), bits).tolist() == numbers


def test_the_first_of_two_nibbles_is_the_low_one():
    assert pack_bits(np.array([1, 2, 15]), 4) == bytes([0x21, 0x0F])


@pytest.mark.parametrize(("numbers", "bits"), [([4], 2), ([-1], 2)])
def test_numbers_that_do_not_fit_are_refused(numbers, bits):
    with pytest.raises(ValueError, match="in 2 bits"):
        pack_bits(np.array(numbers), bits)


@given(codes=hnp.arrays(np.int16, st.integers(0, 90), elements=st.just(0) | st.integers(-3, 3)), bits=st.integers(1, 5))
def test_gaps_come_back(codes, bits):
    gaps, values = to_gaps(codes, bits)
    assert gaps.size == 0 or gaps.max() < 1 << bits
    np.testing.assert_array_equal(from_gaps(gaps, values, codes.size), codes)


@pytest.mark.parametrize(
    ("zeros", "gaps", "values"),
    [(0, [0], [5]), (15, [15], [5]), (16, [15, 0], [0, 5]), (17, [15, 1], [0, 5]), (32, [15, 15, 0], [0, 0, 5])],
)
def test_a_filler_stands_on_the_sixteenth_place(zeros, gaps, values):
    found = to_gaps(np.array([0] * zeros + [5], np.int16), 4)
    assert (found[0].tolist(), found[1].tolist()) == (gaps, values)


def test_entries_beyond_the_end_are_refused():
    with pytest.raises(ValueError, match="position 3 of 3"):
        from_gaps(np.array([3]), np.array([1]), 3)


@given(counts=st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_huffman_words_are_as_short_as_can_be(counts):
    lengths = word_lengths(np.array(counts))
    assert [bool(length) for length in lengths] == [bool(n) for n in counts]
    assert int(np.dot(counts, lengths.astype(int))) == shortest_total(counts)


@settings(deadline=None)
@given(symbols=st.lists(st.integers(0, 9)))
def test_huffman_symbols_come_back(symbols):
    data = encode_symbols(np.array(symbols, np.int64), 10)
    read, used = decode_symbols(data + b"more", len(symbols), 10)
    assert (read.tolist(), used) == (symbols, len(data))
