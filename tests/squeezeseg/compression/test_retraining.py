"""Compressed networks trained on as what their file will keep."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tools import needs

needs("torch")

import torch
from helpers.models import card, fresh_network
from helpers.samples import make_store

from squeezeseg import Model
from squeezeseg.compression.bit_widths import rounded
from squeezeseg.compression.network import coded_names, packed
from squeezeseg.compression.parametrizations import EqualSteps, LearnedSteps, SharedValues
from squeezeseg.compression.pruning import largest
from squeezeseg.compression.quantization import quantize, quantize_channels, share
from squeezeseg.compression.retraining import RETRAINING, parametrized, retrain, stored_tensors
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights.container import decode_container, encode_container
from squeezeseg.weights.stored_tensor import Floats, Shared, Uniform

SETTINGS = TrainSettings(
    **RETRAINING | {"steps": 2, "warm_up": 0, "checkpoint_every": 1},
    model="fast", batch=1, width=64, precision="float32",
)  # fmt: skip
WAYS = {
    "equal steps": (lambda w: quantize(w, float(w.std())), None),
    "shared": (lambda w: share(w, 4, largest(w, 0.4)), None),
    "learned steps": (lambda w: quantize_channels(w, 4), 4),
}
EACH_WAY = pytest.mark.parametrize(("keep", "bits"), WAYS.values(), ids=WAYS)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("fast").state_dict().items()}
    return Model(card("fast"), tensors | {"crf.angular": np.eye(4, dtype=np.float32)})


def learned(model, bits):
    return None if bits is None else dict.fromkeys(coded_names(model), bits)


def compressed(model, keep):
    return packed(model, {name: keep(model.tensors[name]) for name in coded_names(model)})


def weights(shape=(6, 4, 3, 3)):
    return np.random.default_rng(0).normal(0, 0.05, shape).astype(np.float32)


@EACH_WAY
def test_a_network_starts_as_its_container_is(model, keep, bits):
    container = compressed(model, keep)
    network = parametrized(model, container.tensors, learned(model, bits))
    found = stored_tensors(network)
    assert found.keys() == {name for name in model.tensors if name.startswith("network.")}
    for name, one in found.items():
        assert type(one) is type(container.tensors[name])
        expected = container.tensors[name].decoded()
        # LSQ has a code more below zero, which the steps to start from know nothing of.
        close = 1e-3 if bits is None else 1 / (2 ** (bits - 1) - 1.01)
        np.testing.assert_allclose(one.decoded(), expected, rtol=close, atol=1e-6)
        module, _, parameter = name.removeprefix("network.").rpartition(".")
        value = getattr(network.get_submodule(module), parameter).detach().numpy()
        np.testing.assert_allclose(value, expected, rtol=2 * close, atol=1e-6)


@EACH_WAY
def test_what_was_trained_is_what_the_file_keeps(model, tmp_path, keep, bits):
    start = compressed(model, keep)
    torch.manual_seed(0)
    steps = learned(model, bits)
    found = retrain(model, start, SETTINGS, make_store(), tmp_path, learn_steps=steps, command="squeezeseg compress")
    read = decode_container(encode_container(found))
    assert list(read.tensors) == list(model.tensors)
    assert read.card.command == "squeezeseg compress"
    changed = 0
    for name, one in start.tensors.items():
        before, after = one.decoded(), read.tensors[name].decoded()
        changed += not np.array_equal(before, after)
        if isinstance(one, Shared):
            np.testing.assert_array_equal(read.tensors[name].codes, one.codes)
        if bits is not None and isinstance(one, Uniform):
            assert (
                -(2 ** (bits - 1)) <= read.tensors[name].codes.min() <= read.tensors[name].codes.max() < 2 ** (bits - 1)
            )
        if not name.startswith("network."):
            np.testing.assert_array_equal(after, before)
    assert changed > len(start.tensors) / 2


def test_what_was_pruned_stays_zero(model, tmp_path):
    kept = {name: largest(model.tensors[name], 0.4) for name in coded_names(model)}
    teacher = Model(model.card, {name: 2 * value for name, value in model.tensors.items()})
    found = retrain(model, packed(model, {}), SETTINGS, make_store(), tmp_path, kept=kept, teacher=teacher)
    for name, mask in kept.items():
        weights = found.tensors[name].values
        assert not weights[~mask].any()
        assert (weights[mask] != model.tensors[name][mask]).mean() > 0.5


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_stopped(model, tmp_path):
    start = compressed(model, WAYS["equal steps"][0])

    def stop(progress):
        if progress.step == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrain(model, start, SETTINGS, make_store(), tmp_path / "a", on_step=stop)
    again = retrain(model, start, SETTINGS, make_store(), tmp_path / "a")
    whole = retrain(model, start, SETTINGS, make_store(), tmp_path / "b")
    assert encode_container(again) == encode_container(whole)


def test_a_shared_values_gradient_is_the_sum_of_its_weights():
    shared = share(weights(), 3, largest(weights(), 0.5))
    rule = SharedValues(shared)
    values = rule.right_inverse(torch.zeros(1)).requires_grad_()
    gradient = torch.from_numpy(weights((6, 4, 3, 3))[::-1].copy())
    torch.autograd.backward(rule(values), gradient)
    codes = [*range(-len(shared.negative), 0), *range(1, len(shared.positive) + 1)]
    for code, found in zip(codes, values.grad, strict=True):
        assert found.item() == pytest.approx(gradient.numpy()[shared.codes == code].sum(), abs=1e-5)


def test_equal_steps_pass_the_gradient_on():
    rule = EqualSteps(quantize(weights(), 0.03))
    weight = torch.from_numpy(weights()).requires_grad_()
    rule(weight).sum().backward()
    assert (weight.grad == 1).all()


def test_a_code_changes_where_it_saves_more_than_its_price():
    old = quantize(np.array([0.0, 0.01, 0.02, 0.03], np.float32), 0.01)
    weight = torch.tensor([0.0055, 0.0185, 0.005, -0.01]).requires_grad_()
    for price, codes in {0.0: [1, 2, 0, -1], 0.5: [0, 2, 0, -1], 5.0: [0, 1, 2, -1]}.items():
        rule = EqualSteps(old, price)
        assert rule.stored(weight).codes.tolist() == codes
        np.testing.assert_allclose(rule(weight).detach(), rule.stored(weight).decoded(), atol=1e-7)
        rule(weight).sum().backward()
    assert (weight.grad == 3).all()


def test_steps_are_learned_for_each_channel():
    rule = LearnedSteps(quantize_channels(weights(), 3), 3)
    weight, change = (one.detach().requires_grad_() for one in rule.right_inverse(torch.from_numpy(weights())))
    rule(weight, change)[2].sum().backward()
    assert change.shape == (6, 1, 1, 1)
    assert [bool(one) for one in change.grad.ravel()] == [False, False, True, False, False, False]


def test_layers_may_have_codes_of_other_bits(model, tmp_path):
    bits = {name: 2 + number % 7 for number, name in enumerate(coded_names(model))}
    found = retrain(model, rounded(model, bits), SETTINGS, make_store(), tmp_path, learn_steps=bits)
    for name, own in bits.items():
        codes = found.tensors[name].codes
        assert -(2 ** (own - 1)) <= codes.min() < -(2 ** (own - 2)) < 2 ** (own - 2) - 1 < codes.max() < 2 ** (own - 1)


def test_biases_stay_floats(model):
    stored = stored_tensors(parametrized(model, compressed(model, WAYS["shared"][0]).tensors))
    assert all(isinstance(one, Floats) for name, one in stored.items() if name.endswith("bias"))
