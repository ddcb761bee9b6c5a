"""Fine-tuned weights in the codes of an old file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.models import card

from projection import InputError
from squeezeseg import Model
from squeezeseg.compression.network import packed
from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, quantize_channels, share
from squeezeseg.compression.update import near, to_train, updated
from squeezeseg.weights.container import encode_container
from squeezeseg.weights.patch import apply_patch, make_patch
from squeezeseg.weights.stored_tensor import Floats, Shared

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(0, 0.05, (16, 8, 3, 3)).astype(np.float32)
MOVED = WEIGHTS + RNG.normal(0, 0.004, WEIGHTS.shape).astype(np.float32)
OLD = {
    "one step": quantize(WEIGHTS, 0.02),
    "a step a channel": quantize_channels(WEIGHTS, 4),
    "shared": share(WEIGHTS, 4),
    "pruned": share(WEIGHTS, 4, largest(WEIGHTS, 0.4)),
}
PRICES = (0.0, 0.5, 2.0)
EACH_OLD = pytest.mark.parametrize("old", OLD.values(), ids=OLD)


@EACH_OLD
def test_at_no_price_each_code_is_the_nearest(old):
    new = updated(old, MOVED, 0.0)
    assert type(new) is type(old)
    for other in (old.codes, new.codes - 1, new.codes + 1):
        reach = (-len(old.negative), len(old.positive)) if isinstance(old, Shared) else (-255, 255)
        tried = replace(old, codes=np.clip(other, *reach).astype(np.int16))
        assert (np.abs(new.decoded() - MOVED) <= np.abs(tried.decoded() - MOVED) + 1e-7).all()


@EACH_OLD
def test_the_dearer_a_change_the_fewer_codes_change(old):
    changed = [int((updated(old, MOVED, price).codes != old.codes).sum()) for price in PRICES]
    assert changed == sorted(changed, reverse=True)
    assert changed[0] > max(0.05 * WEIGHTS.size, changed[-1])
    errors = [np.square(updated(old, MOVED, price).decoded() - MOVED).sum() for price in PRICES]
    assert errors == sorted(errors)


def test_a_code_that_changes_goes_to_the_nearest():
    old = quantize(np.array([[0.0, 0.01, 0.02]], np.float32), 0.01)
    new = updated(old, np.array([[0.006, 0.0145, 0.079]], np.float32), 0.15)
    assert new.codes.tolist() == [[1, 1, 8]]
    assert updated(old, np.array([[0.006, 0.0145, 0.079]], np.float32), 0.3).codes.tolist() == [[0, 1, 8]]


@EACH_OLD
def test_weights_that_stayed_keep_their_codes(old):
    for price in PRICES:
        np.testing.assert_array_equal(updated(old, old.decoded(), price).codes, old.codes)


def network(weights, **more):
    tensors = {"network.a.weight": weights, "network.a.bias": np.arange(16, dtype=np.float32)}
    return Model(card("fast"), tensors | {"crf.angular": np.eye(4, dtype=np.float32)} | more)


@EACH_OLD
def test_an_updates_patch_is_small_and_makes_its_file(old):
    base = packed(network(WEIGHTS), {"network.a.weight": old})
    data = encode_container(base)
    sizes = []
    for price in PRICES:
        new = encode_container(near(network(MOVED), base, price))
        patch = make_patch(data, new)
        assert apply_patch(data, patch) == new
        sizes.append(len(patch) - len(make_patch(data, data)))
    assert sizes == sorted(sizes, reverse=True)
    assert 0 <= sizes[-1] < sizes[0] < len(data) / 2


def test_what_is_beside_the_network_is_as_exact_as_it_was():
    base = packed(network(WEIGHTS), {"network.a.weight": OLD["shared"]})
    exact = replace(base, tensors={**base.tensors, "crf.angular": Floats(np.eye(4, dtype=np.float32), half=False)})
    assert not near(network(MOVED), exact).tensors["crf.angular"].half
    new = near(network(MOVED, **{"objects.mean": np.ones(3, np.float32)}), base).tensors
    assert new["crf.angular"].half
    assert new["objects.mean"].half


def test_training_starts_from_the_old_codes_and_all_else_as_it_is_now():
    base = packed(network(WEIGHTS), {"network.a.weight": OLD["one step"]})
    model = network(MOVED, **{"network.a.bias": np.ones(16, np.float32)})
    start = to_train(near(model, base), base)
    np.testing.assert_array_equal(start.tensors["network.a.weight"].codes, OLD["one step"].codes)
    np.testing.assert_array_equal(start.tensors["network.a.bias"].decoded(), np.ones(16))


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (network(WEIGHTS[:8]), "of another network"),
        (network(WEIGHTS, **{"network.b.bias": np.ones(3, np.float32)}), "of another network"),
        (network(MOVED), "has no codes"),
    ],
    ids=["shape", "tensors", "floats"],
)
def test_a_base_that_does_not_fit_is_refused(model, wrong):
    with pytest.raises(InputError, match=wrong):
        near(model, packed(network(WEIGHTS), {}))
