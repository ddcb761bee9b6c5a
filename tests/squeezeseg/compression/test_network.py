"""A network in a container of so many bytes."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.models import card
from helpers.tools import needs

needs("torch")

from helpers.models import fresh_network

from projection import InputError
from squeezeseg import Model
from squeezeseg.compression.candidates import BITS, DENSITIES, STEPS, equal_steps, pruned_and_shared
from squeezeseg.compression.network import coded_names, coded_ways, examine, fit, packed
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.weights.container import decode_container, encode_container
from squeezeseg.weights.stored_tensor import Floats


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("fast1").state_dict().items()}
    return Model(card("fast1"), tensors | {"objects.hidden.weight": rng.normal(size=(29, 96)).astype(np.float32)})


@pytest.fixture(scope="module")
def sensitivity(model):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 5, 16, 64)).astype(np.float32)
    return Sensitivity(model, images, rng.random((2, 16, 64)) < 0.8)


@pytest.fixture(scope="module")
def choices(model, sensitivity):
    return examine(sensitivity, coded_ways(model, equal_steps))


NAME = "backbone.stages.1.1.conv.weight"


def test_a_network_as_it_is_does_no_damage_to_itself(model, sensitivity):
    assert sensitivity.damage({NAME: model.tensors[f"network.{NAME}"]}) == pytest.approx(0, abs=1e-9)


def test_damage_grows_with_the_change_and_is_forgotten(model, sensitivity):
    weights = model.tensors[f"network.{NAME}"]
    small, large = (sensitivity.damage({NAME: weights * factor}) for factor in (1.1, 2.0))
    assert 0 < small < large
    assert sensitivity.damage({}) == pytest.approx(0, abs=1e-9)


def test_a_container_has_the_bytes_that_it_may(model, choices):
    for budget in (200_000, 400_000):
        assert 0.8 * budget < len(encode_container(fit(model, choices, budget))) <= budget


def test_more_bytes_do_less_damage(model, choices, sensitivity):
    def damage(budget):
        decoded = fit(model, choices, budget).decoded()
        return sensitivity.damage({name.removeprefix("network."): decoded[name] for name in coded_names(model)})

    assert damage(500_000) < damage(300_000) < damage(150_000)


def test_too_few_bytes_are_refused(model, choices):
    with pytest.raises(InputError, match="allow more"):
        fit(model, choices, 1000)


def test_only_the_networks_larger_layers_become_codes(model, choices):
    container = decode_container(encode_container(fit(model, choices, 300_000)))
    floats = {name for name, one in container.tensors.items() if isinstance(one, Floats)}
    assert "objects.hidden.weight" in floats
    assert all(name.endswith("bias") or model.tensors[name].size < 128 for name in floats if name.startswith("network"))
    assert list(container.tensors) == list(model.tensors)


def test_without_codes_all_is_kept_in_half_precision(model):
    for name, value in packed(model, {}).decoded().items():
        np.testing.assert_allclose(value, model.tensors[name], rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(
    ("candidates", "count"), [(equal_steps, len(STEPS)), (pruned_and_shared, len(DENSITIES) * len(BITS))]
)
def test_candidates_are_of_the_layers_shape(candidates, count):
    weights = np.random.default_rng(0).normal(size=(16, 8, 3, 3)).astype(np.float32)
    found = list(candidates(weights))
    assert len(found) == count
    assert all(one.shape == weights.shape for one in found)
    errors = [np.square(one.decoded() - weights).sum() for one in found]
    assert min(errors) < 0.01 * np.square(weights).sum() < max(errors)
