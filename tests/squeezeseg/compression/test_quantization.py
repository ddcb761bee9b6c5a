"""Weights to codes."""

from __future__ import annotations

import numpy as np
import pytest

from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, quantize_channels, share
from squeezeseg.weights.stored_tensor import SCALE_UNIT


def weights(shape=(8, 6, 3, 3), seed=0):
    rng = np.random.default_rng(seed)
    return (rng.laplace(size=shape) * rng.uniform(0.01, 0.1, (shape[0], *[1] * (len(shape) - 1)))).astype(np.float32)


@pytest.mark.parametrize(("density", "count"), [(1.0, 432), (0.5, 216), (0.33, 143), (0.0, 1)])
def test_the_largest_weights_are_kept(density, count):
    values = weights()
    kept = largest(values, density)
    assert kept.sum() == count
    assert count == values.size or np.abs(values[kept]).min() >= np.abs(values[~kept]).max()


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
@pytest.mark.parametrize("start", ["linear", "exact"])
def test_what_is_kept_shares_so_many_values_and_what_is_not_is_zero(bits, start):
    values = weights()
    kept = largest(values, 0.4)
    shared = share(values, bits, kept, start)
    assert len(shared.negative) + len(shared.positive) <= 2**bits - 1
    assert ((shared.codes != 0) == kept).all()
    decoded = shared.decoded()
    assert (decoded[~kept] == 0).all()
    table = np.concatenate([shared.negative, shared.positive]).astype(np.float32)
    nearest = np.abs(values[kept][:, None] - table).min(axis=1)
    np.testing.assert_allclose(np.abs(decoded[kept] - values[kept]), nearest, atol=1e-6)


def test_values_next_to_zero_have_the_smallest_codes():
    shared = share(weights(), 4)
    assert (np.diff(shared.positive) > 0).all()
    assert (np.diff(shared.negative) < 0).all()
    assert (shared.positive >= 0).all()
    assert (shared.negative < 0).all()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_channels_have_steps_of_their_own(axis, bits):
    values = np.moveaxis(weights(), 0, axis)
    found = quantize_channels(values, bits, axis)
    assert found.scales.shape == (8,)
    assert np.abs(found.codes).max() <= 2 ** (bits - 1) - 1
    widest = np.abs(values).max(axis=tuple(a for a in range(4) if a != axis), keepdims=True) / (2 ** (bits - 1) - 1)
    plain = np.rint(values / widest) * widest
    assert np.square(found.decoded() - values).sum() <= 1.01 * np.square(plain - values).sum()


@pytest.mark.parametrize("step", [0.001, 0.02, 0.3])
def test_equal_steps_are_missed_by_half_a_step_at_most(step):
    values = weights()
    found = quantize(values, step)
    used = float(found.scales[0] * SCALE_UNIT)
    assert used == pytest.approx(max(step, np.abs(values).max() / 255), rel=1e-3)
    assert np.abs(found.decoded() - values).max() <= 0.51 * used


def test_more_codes_are_zero_behind_a_dead_zone():
    values = weights()
    plain, dead = (np.count_nonzero(quantize(values, 0.05, rounding).codes) for rounding in (0.5, 0.3))
    assert dead < plain


@pytest.mark.parametrize("make", [lambda w: share(w, 3), lambda w: quantize(w, 0.1), lambda w: quantize_channels(w, 4)])
def test_a_layer_of_zeros_stays_one(make):
    assert not make(np.zeros((4, 3, 3, 3), np.float32)).decoded().any()
