"""Bytes of a container by layer."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.models import card

from squeezeseg.profiling.container_bytes import container_bytes
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import Container, encode_container, write_container
from squeezeseg.weights.convert import convert
from squeezeseg.weights.stored_tensor import Floats, Uniform

CODES = np.random.default_rng(0).integers(-3, 4, (16, 8, 3, 3)).astype(np.int16)
TENSORS = {
    "network.stem.conv.weight": Uniform(CODES, np.ones(16, np.float16)),
    "network.stem.conv.bias": Floats(np.ones(16, np.float32)),
    "network.head.weight": Floats(np.ones((4, 16), np.float32)),
    "crf.angular": Floats(np.eye(4, dtype=np.float32)),
}


def test_a_file_has_its_own_bytes(tmp_path):
    path = tmp_path / "a.sqz"
    write_container(path, Container(card("fast"), TENSORS))
    found = container_bytes(load_weights(path))
    assert (found.total, found.estimated) == (path.stat().st_size, False)
    assert found.layers["head"] == 2 * 64
    assert found.layers["stem.conv"] > 2 * 16 + 2 * 16 + 300
    assert found.rest == found.total - sum(found.layers.values()) > 2 * 16


def test_what_has_no_such_file_is_estimated(tmp_path):
    values = {name: tensor.decoded() for name, tensor in TENSORS.items()}
    found = container_bytes(Model(card("fast"), values))
    assert found.estimated
    assert set(found.layers) == {"stem.conv", "head"}
    assert found.total < len(encode_container(Container(card("fast"), {n: Floats(v) for n, v in values.items()})))


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e6])
def test_odd_weights_are_estimated_too(value):
    weights = np.random.default_rng(0).choice(np.float32([-value, 0, value]), (16, 8, 3, 3))
    assert container_bytes(Model(card("fast"), {"network.a.weight": weights})).total > 0


def test_the_estimate_of_shipped_weights_is_near_what_compress_makes_by_default(tmp_path):
    convert("fast", tmp_path / "a.safetensors")
    found = container_bytes(load_weights(tmp_path / "a.safetensors"))
    assert 0.05 < found.total / (tmp_path / "a.safetensors").stat().st_size < 0.3
    convert("fast", tmp_path / "a.sqz")
    exact = container_bytes(load_weights(tmp_path / "a.sqz"))
    assert exact.layers.keys() == found.layers.keys()
    assert exact.total == (tmp_path / "a.sqz").stat().st_size
