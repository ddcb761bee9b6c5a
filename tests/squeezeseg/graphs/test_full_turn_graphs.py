"""Graphs of a network that sees no azimuth: one for fronts and full turns, and int8 from end to end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network
from helpers.scans import SMALL, full_scan
from helpers.tools import needs

needs("onnxscript")
openvino = needs("openvino")

from projection import project
from squeezeseg import Model
from squeezeseg.engines.openvino_engine import runs_bfloat16
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.graphs.onnx_export import export_onnx
from squeezeseg.graphs.quantize import quantize
from squeezeseg.graphs.run import graph_engine
from squeezeseg.inference.network_input import network_input
from squeezeseg.inference.pixels import HostPixelLabeller

pytestmark = pytest.mark.slow  # exporting takes seconds
FULL = replace(SMALL, columns=512)


@pytest.fixture(scope="module")
def exported(turning, tmp_path_factory):
    path = tmp_path_factory.mktemp("turning") / "fast.onnx"
    export_onnx(turning, path)
    return path


@pytest.fixture(scope="module")
def quantized(turning, exported):
    needs("nncf")
    given = network_input(FULL, turning.card, TorchEngine(turning, "float32", device="cpu"), None)
    shown = given.sectors.cut(project(full_scan(FULL, step=0.7)[0], FULL))
    path = exported.with_name("fast.int8.xml")
    quantize(exported, [turning.card.normalisation(shown)], path)
    return path


def pixels(engine, model, sensor, points, ring):
    labeller = HostPixelLabeller(engine, model, sensor, model.card.crf)
    _, probabilities, labels = labeller(points, ring, None)
    return probabilities.copy(), labels.copy(), labeller._input.shape[3]


def turned_left(points):
    """By a quarter, exactly."""
    return points[:, [1, 0, 2, 3]] * np.array([-1, 1, 1, 1], np.float32)


@pytest.mark.parametrize("sensor", [FULL, FULL.with_view("front"), replace(FULL, columns=500)])
def test_a_graph_answers_as_pytorch_does(turning, exported, sensor):
    points, ring, _ = full_scan(FULL, step=0.7)
    reference = pixels(TorchEngine(turning, "float32", device="cpu"), turning, sensor, points, ring)
    got = pixels(graph_engine(exported, "openvino", "float32"), turning, sensor, points, ring)
    np.testing.assert_allclose(got[0], reference[0], atol=1e-3)
    assert (got[1] == reference[1]).mean() > 0.999
    if sensor is FULL:  # no more columns than the CRF sees, and those of whole columns of the network
        assert (got[2], reference[2]) == (512 + 2 * 32, 512 + 2 * 352)


def test_the_other_runtime_gives_the_same_labels(turning, exported):
    needs("onnxruntime")
    points, ring, _ = full_scan(FULL, step=0.7)
    reference = pixels(TorchEngine(turning, "float32", device="cpu"), turning, FULL, points, ring)
    got = pixels(graph_engine(exported, "onnxruntime", "float32"), turning, FULL, points, ring)
    assert (got[1] == reference[1]).mean() > 0.999


def test_int8_is_int8_from_the_input_to_the_logits(quantized):
    graph = openvino.Core().read_model(quantized)
    (first,) = graph.input(0).get_node().output(0).get_target_inputs()
    rounding = first.get_node()
    assert rounding.get_type_name() == "FakeQuantize"
    low, high = (rounding.input_value(i).get_node().get_data().item() for i in (1, 2))
    assert (high - low) / (rounding.get_attributes()["levels"] - 1) == pytest.approx(1 / 128, rel=1e-3)  # its own steps
    assert low * 128 == pytest.approx(round(low * 128), abs=0.02)
    for node in graph.get_ordered_ops():
        if node.get_type_name() == "Convolution":
            assert reached_by(node.input_value(0).get_node()) == "FakeQuantize"


def test_coordinates_alone_keep_a_convolution_from_int8(tmp_path):
    """Not the size of the input, which layers that fold and unfold columns ask for."""
    needs("nncf")
    torch.manual_seed(0)
    state = {f"network.{name}": value.numpy() for name, value in fresh_network("fast1").state_dict().items()}
    export_onnx(Model(card("fast1"), state), tmp_path / "fast1.onnx")
    images = [np.random.default_rng(seed).normal(size=(1, 5, 8, 64)).astype(np.float32) for seed in range(2)]
    quantize(tmp_path / "fast1.onnx", images, tmp_path / "fast1.int8.xml")
    nodes = openvino.Core().read_model(tmp_path / "fast1.int8.xml").get_ordered_ops()
    inputs = [reached_by(node.input_value(0).get_node()) for node in nodes if node.get_type_name() == "Convolution"]
    assert inputs[0] != "FakeQuantize"
    assert len(inputs) > 10
    assert set(inputs[1:]) == {"FakeQuantize"}


def reached_by(node):
    """What a convolution's input comes from, past what only moves it."""
    while node.get_type_name() in ("Transpose", "Reshape"):
        node = node.input_value(0).get_node()
    return node.get_type_name()


@pytest.mark.parametrize(("precision", "least"), [("bfloat16", 0.99), ("int8", 0.97)])
def test_other_precisions_give_nearly_the_same(turning, exported, quantized, precision, least):
    """As far as they can with weights that were never trained. A processor's unit may be wrong for a shape alone."""
    points, ring, _ = full_scan(FULL, step=0.7)
    if precision == "bfloat16" and not runs_bfloat16():
        pytest.skip("this processor doesn't multiply bfloat16")
    reference = pixels(TorchEngine(turning, "float32", device="cpu"), turning, FULL, points, ring)
    engine = graph_engine(quantized if precision == "int8" else exported, "openvino", precision)
    assert (pixels(engine, turning, FULL, points, ring)[1] == reference[1]).mean() > least


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_turned_scan_has_turned_labels(turning, exported, quantized, precision):
    engine = graph_engine(quantized if precision == "int8" else exported, "openvino", precision)
    points, ring, _ = full_scan(FULL, step=0.7)
    probabilities, labels, _ = pixels(engine, turning, FULL, points, ring)
    turned_probabilities, turned_labels, _ = pixels(engine, turning, FULL, turned_left(points), ring)
    assert np.array_equal(turned_labels, np.roll(labels, -128, axis=1))
    np.testing.assert_allclose(turned_probabilities, np.roll(probabilities, -128, axis=2), atol=1e-5)
