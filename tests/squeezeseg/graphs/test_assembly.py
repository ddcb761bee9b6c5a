"""Graphs put together from containers: what PyTorch says, without it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from helpers.operations import answers, model
from helpers.tools import needs

openvino = needs("openvino")

from squeezeseg.graphs.assembly import assemble, int8_weights
from squeezeseg.graphs.run import graph_engine, graph_file, has_graph
from squeezeseg.weights import Model, ModelCard
from squeezeseg.weights.stored_tensor import SCALE_UNIT, Floats, Shared, Uniform

STEP = np.float32(2) * SCALE_UNIT


def images(height=8, width=32):
    return np.random.default_rng(1).normal(size=(2, 5, height, width)).astype(np.float32)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("size", [(8, 32), (5, 64)])
def test_a_float_graph_answers_as_pytorch_does(engine, size):
    needs(engine)
    got = graph_engine(graph_file(model(), "float"), engine, "float32")(images(*size))["logits"]
    np.testing.assert_allclose(got, answers(images(*size)), atol=1e-4)


def test_an_int8_graph_answers_nearly_so():
    engine = graph_engine(graph_file(model(), "int8"), "openvino", "int8")
    expected = answers(images())
    assert np.abs(engine(images())["logits"] - expected).mean() < 0.02 * np.abs(expected).max()


def test_its_convolutions_are_integers_from_what_is_rounded():
    graph = openvino.Core().read_model(io.BytesIO(assemble(model(), "int8")))
    graph.reshape([1, 5, 8, 32])
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    layers = [(node["layerType"].astype(str), node["primitiveType"].astype(str)) for node in nodes]
    kernels = [kernel for layer, kernel in layers if layer in ("Convolution", "Deconvolution")]
    assert sorted(kernel.rpartition("_")[2] for kernel in kernels) == ["I8", "I8", "f32"]


@pytest.mark.parametrize(("int8", "kinds"), [(None, {"float"}), (..., {"float", "int8"})])
def test_only_what_is_listed_is_made(int8, kinds):
    made = model() if int8 is ... else model(int8=None)
    assert {kind for kind in ("float", "int8") if has_graph(made, kind)} == kinds
    assert (graph_file(made, "int8") is None) == ("int8" not in kinds)


@pytest.mark.parametrize(("largest", "exact"), [(1, True), (127, True), (128, False), (300, False)])
def test_codes_are_taken_as_they_are_where_they_fit(largest, exact):
    codes = np.zeros((2, 3, 1, 1), np.int16)
    codes[0, :, 0, 0] = 1, -largest, 0
    codes[1, 0] = 5
    stored = Uniform(codes, np.array([2], np.float16))
    got, scales = int8_weights(stored, 0)
    assert scales[1] == STEP
    assert got[1, 0] == 5
    np.testing.assert_allclose(
        got * scales.reshape(2, 1, 1, 1), stored.decoded(), atol=0 if exact else largest / 127 * STEP
    )
    assert (scales[0] == STEP) == exact


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("kind", ["floats", "shared", "other axis"])
def test_other_weights_are_rounded_for_each_output_channel(axis, kind):
    rng = np.random.default_rng(0)
    codes = rng.integers(-3, 4, (4, 4, 3, 3)).astype(np.int16)
    stored = {
        "floats": Floats(rng.normal(size=(4, 4, 3, 3)).astype(np.float32)),
        "shared": Shared(codes, np.array([-1, -2, -5], np.float16), np.array([0.5, 2, 3], np.float16)),
        "other axis": Uniform(codes, np.arange(1, 5).astype(np.float16), axis=1 - axis),
    }[kind]
    got, scales = int8_weights(stored, axis)
    shape = [1, 1, 1, 1]
    shape[axis] = 4
    expected = stored.decoded()
    np.testing.assert_allclose(got * scales.reshape(shape), expected, atol=0.51 * np.abs(expected).max() / 127)
    assert np.abs(got).max(axis=tuple({0, 1, 2, 3} - {axis})).tolist() == [127] * 4


def test_a_channel_of_zeros_stays_zero():
    codes, scales = int8_weights(Floats(np.zeros((2, 3, 1, 1), np.float32)), 0)
    assert not codes.any()
    assert (scales > 0).all()


@pytest.mark.slow
def test_depthwise_convolutions_are_int8_from_a_container(tmp_path):
    """NNCF gives each of their channels a range of its own; a container has one for the tensor."""
    for tool in ("torch", "nncf", "onnxscript"):
        needs(tool)
    import torch

    from apps.compression.graphs import whole
    from data.labels import CLASSES
    from squeezeseg.engines.torch_engine import load_network
    from squeezeseg.graphs.listing import with_int8, with_operations
    from squeezeseg.networks import Architecture, Normalisation
    from squeezeseg.networks.build import build

    stages = (("fold_n4", "conv_k3_c16", "ir_k5_e3_c16"), ("ir_k3_s2_e3_c16",))
    architecture = Architecture("deep", stages, ("unfold", "conv_k3_c16"), encoding="cylindrical")
    normalisation = Normalisation.of("cylindrical")
    torch.manual_seed(0)
    network = build(architecture, len(CLASSES), normalisation, batch_norm=False)
    tensors = {f"network.{name}": value.numpy() for name, value in network.state_dict().items()}
    made = Model(ModelCard(architecture, normalisation=normalisation), tensors)
    inputs = np.random.default_rng(0).random((4, 1, architecture.inputs, 8, 64), np.float32)
    container = with_int8(with_operations(whole(made)), list(inputs))
    listed = Model(made.card, made.tensors, container=container)
    got = graph_engine(graph_file(listed, "int8"), "openvino", "int8")(inputs[0])["logits"]
    with torch.no_grad():
        expected = load_network(made)(torch.from_numpy(inputs[0]))["logits"].numpy()
    assert np.abs(got - expected).mean() < 0.03 * np.abs(expected).max()
