"""A head for boxes beside finished weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data.labels import CLASSES
from projection import InputError
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.graphs.assembly import assemble
from squeezeseg.networks.heads.boxes import BoxHead
from squeezeseg.weights import load_weights
from squeezeseg.weights.box_head import with_head
from squeezeseg.weights.container import decode_container, encode_container
from squeezeseg.weights.model import Model

RANGES = {"look": 20.0, "merge": 20.0}


@pytest.fixture(scope="module")
def shipped():
    return load_weights("fast")


@pytest.fixture(scope="module")
def head():
    torch.manual_seed(0)
    made = BoxHead(32, 16, len(CLASSES))
    for one in made.parameters():
        torch.nn.init.normal_(one, 0, 0.1)
    return {name: value.numpy() for name, value in made.state_dict().items()}


@pytest.fixture(scope="module")
def boxed(shipped, head):
    return with_head(shipped, head, RANGES)


def run(content, x):
    import io

    import openvino

    core = openvino.Core()
    model = core.read_model(io.BytesIO(content))
    model.reshape(list(x.shape))
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return {name: np.array(compiled([x])[name]) for name in ("logits", "boxes")[: len(compiled.outputs)]}


@pytest.fixture(scope="module")
def image():
    steps = np.random.default_rng(0).integers(-127, 128, (1, 8, 16, 64))
    return (steps / 128).astype(np.float32)


def test_the_float_graph_gives_what_pytorch_does(boxed, image):
    found = run(assemble(boxed, "float"), image)
    with torch.no_grad():
        expected = load_network(boxed)(torch.from_numpy(image))
    for name in ("logits", "boxes"):
        np.testing.assert_allclose(found[name], expected[name].numpy(), atol=2e-3)


def test_labels_are_what_they_were_to_the_bit(shipped, boxed, image):
    for kind in ("float", "int8"):
        before, after = (run(assemble(model, kind), image)["logits"] for model in (shipped, boxed))
        np.testing.assert_allclose(after, before, atol=1e-5)
    for name, value in shipped.tensors.items():
        assert np.array_equal(boxed.tensors[name], value), name


def test_int8_rounds_the_head_too(boxed, image):
    exact, rounded = (run(assemble(boxed, kind), image)["boxes"] for kind in ("float", "int8"))
    assert np.abs(rounded - exact).max() > 0
    assert np.corrcoef(rounded.ravel(), exact.ravel())[0, 1] > 0.95


def test_a_container_keeps_it(boxed):
    again = decode_container(encode_container(boxed.container))
    assert again.operations == boxed.container.operations
    assert again.card.architecture.boxes == 16
    assert np.array_equal(again.decoded()["network.boxes.tell.bias"], boxed.tensors["network.boxes.tell.bias"])


def test_another_takes_its_place(boxed, head):
    again = with_head(boxed, {**head, "tell.bias": head["tell.bias"] + 1}, RANGES)
    assert again.container.operations == boxed.container.operations
    assert list(again.tensors) == list(boxed.tensors)


def test_weights_that_are_no_container_have_it_as_tensors(shipped, head):
    plain = with_head(Model(shipped.card, shipped.tensors), head, RANGES)
    assert plain.container is None
    assert load_network(plain).outputs == ("logits", "boxes")


def test_a_network_that_sees_azimuth_takes_none(head):
    with pytest.raises(InputError, match="give weights of fast"):
        with_head(load_weights("squeezeseg"), head, RANGES)
