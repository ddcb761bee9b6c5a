"""Bits of a code, by layer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.models import card
from helpers.tools import needs

needs("torch")

from helpers.models import fresh_network

from projection import InputError
from squeezeseg import Model
from squeezeseg.compression.bit_widths import (
    LayerBits,
    channel_axes,
    read_bits,
    rounded,
    uniform_bits,
    write_bits,
)
from squeezeseg.compression.network import coded_names
from squeezeseg.weights.container import encode_container


@pytest.fixture(scope="module")
def models():
    return {
        name: Model(
            card(name), {f"network.{key}": value.numpy() for key, value in fresh_network(name).state_dict().items()}
        )
        for name in ("fast", "squeezeseg")
    }


def test_more_bits_are_more_bytes_and_less_error(models):
    model = models["fast"]
    sizes, errors = [], []
    for bits in (2, 4, 8):
        container = rounded(model, uniform_bits(model, bits))
        sizes.append(len(encode_container(container)))
        decoded = container.decoded()
        errors.append(sum(np.square(decoded[name] - model.tensors[name]).sum() for name in coded_names(model)))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


def test_the_steps_of_a_transposed_convolution_are_of_its_outputs(models):
    axes = channel_axes(models["squeezeseg"])
    model = models["squeezeseg"]
    turned = {name for name, axis in axes.items() if axis == 1}
    assert turned == {name for name in axes if model.tensors[name].shape[2:] == (1, 4)}
    assert len(turned) == 4


def test_what_was_written_is_read(models, tmp_path):
    model, file = models["fast"], tmp_path / "precision.json"
    layers = {name: LayerBits(weights=2 + k % 7, activations=8 if k else None) for k, name in enumerate(coded_names(model))}  # fmt: skip  # noqa: E501
    write_bits(file, layers, {"seed": 3})
    assert read_bits(file, model) == layers


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"layers": {"network.other.weight": {"weights": 4}}}, "of a network with other layers"),
        ({"layers": {"network.other.weight": {"weights": 9}}}, "no bits of layers .*less than or equal to 8"),
        ({"format": "squeezeseg-precision/2"}, "of another format"),
        ({"other": 1}, "unknown entry other"),
    ],
    ids=str,
)
def test_a_file_that_is_refused(models, tmp_path, change, wrong):
    model, file = models["fast"], tmp_path / "precision.json"
    write_bits(file, {name: LayerBits(weights=4) for name in coded_names(model)}, {})
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(InputError, match=wrong):
        read_bits(file, model)


def test_a_file_that_is_not_there(models, tmp_path):
    with pytest.raises(InputError, match=r"no bits of layers .*; 'squeezeseg search precision' writes them"):
        read_bits(tmp_path / "none.json", models["fast"])


@pytest.mark.parametrize("bits", [0, 1, 9])
def test_numbers_of_bits_that_are_refused(models, bits):
    with pytest.raises(InputError, match="give 2 to 8, or a file"):
        uniform_bits(models["fast"], bits)
