"""The layout of the published compressed SqueezeNet."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.deep_compression import encode_layers

from squeezeseg.compression.deep_compression_file import decode_layers


def fire(inputs, squeeze, expand):
    return [(squeeze, inputs, 1, 1), (expand, squeeze, 1, 1), (expand, squeeze, 3, 3)]


FIRES = [(96, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192), (384, 48, 192), (384, 64, 256)]
SQUEEZENET = [
    (96, 3, 7, 7), *(shape for one in [*FIRES, (512, 64, 256)] for shape in fire(*one)), (1000, 512, 1, 1)
]  # fmt: skip
"""The layers of SqueezeNet v1.0."""


def layer(shape, density, seed=0):
    """A codebook, a bias and codes (flat) of a layer."""
    rng = np.random.default_rng((seed, *shape))
    codebook = np.concatenate([[0.0], rng.normal(size=255)]).astype(np.float32)
    codes = np.where(rng.random(int(np.prod(shape))) < density, rng.integers(1, 256, int(np.prod(shape))), 0)
    return codebook, rng.normal(size=shape[0]).astype(np.float32), codes


def encoded(*layers):
    return encode_layers([(book, bias, codes.tolist()) for book, bias, codes in layers])


@pytest.mark.parametrize("density", [0.01, 0.33, 1.0])
def test_layers_are_what_their_codes_stand_for(density):
    shapes = [(4, 3, 7, 7), (2, 5, 1, 1), (6, 4, 3, 3)]
    layers = [layer(shape, density) for shape in shapes]
    found = decode_layers(encoded(*layers), shapes)
    for one, shape, (book, bias, codes) in zip(found, shapes, layers, strict=True):
        np.testing.assert_array_equal(one.weights, book[codes].reshape(shape))
        np.testing.assert_array_equal(one.bias, bias)
        assert one.entries >= np.count_nonzero(codes)


def test_a_filler_takes_a_place():
    book, bias, _ = layer((1, 20, 1, 1), 0)
    codes = np.array([0] * 17 + [7, 0, 9])
    (found,) = decode_layers(encoded((book, bias, codes)), [(1, 20, 1, 1)])
    assert found.entries == 3
    np.testing.assert_array_equal(np.flatnonzero(found.weights), [17, 19])


def test_squeezenet_has_the_layers_and_weights_that_it_is_known_for():
    assert len(SQUEEZENET) == 26
    assert sum(int(np.prod(shape)) + shape[0] for shape in SQUEEZENET) == 1_248_424


def test_a_third_of_squeezenet_takes_what_the_published_file_takes():
    """675,763 bytes have 422,083 entries, 33.9 % of the weights."""
    layers = [layer(shape, 0.334) for shape in SQUEEZENET]
    data = encoded(*layers)
    found = decode_layers(data, SQUEEZENET)
    entries = sum(one.entries for one in found)
    assert len(data) == 104 + 26 * 1024 + 4 * sum(s[0] for s in SQUEEZENET) + sum(
        n.entries * 3 // 2 + n.entries % 2 for n in found
    )
    assert len(data) == pytest.approx(675_763, rel=0.02)
    assert entries == pytest.approx(422_083, rel=0.02)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:-1], "at least were expected"),
        (lambda data: data[:3], "at least were expected"),
        (lambda data: data + b"\0", "are layers"),
        (lambda data: b"\xff\xff\xff\xff" + data[4:], "at least were expected"),
        (lambda data: data[:4] + b"\0\0\x80\x3f" + data[8:], "begin with 0"),
        (lambda data: data[:-1] + b"\xff", "position"),
    ],
)
def test_a_damaged_file_is_refused(change, reason):
    shape = (2, 3, 3, 3)
    with pytest.raises(ValueError, match=reason):
        decode_layers(change(encoded(layer(shape, 0.9))), [shape])
