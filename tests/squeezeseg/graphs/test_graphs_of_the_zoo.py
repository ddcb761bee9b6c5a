"""Graphs of the zoo's networks answer as PyTorch does, at any height and width."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.tools import needs

from data.labels import CLASSES
from squeezeseg.networks import Normalisation, architecture
from squeezeseg.networks.build import build
from squeezeseg.weights import Model, ModelCard

needs("onnxscript")
openvino = needs("openvino")

from squeezeseg.graphs.onnx_export import export_onnx


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenetv3-small+lraspp", "espnetv2+lraspp"])
def test_a_graph_answers_as_pytorch_does_at_any_size(name, tmp_path):
    torch.manual_seed(0)
    network = build(architecture(name), len(CLASSES), Normalisation()).eval()
    state = {f"network.{key}": value.numpy() for key, value in network.state_dict().items()}
    export_onnx(Model(ModelCard(architecture(name)), state), tmp_path / "a.onnx")
    graph = openvino.Core().compile_model(str(tmp_path / "a.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for height, width in ((16, 640), (5, 512)):
        images = np.random.default_rng(0).normal(size=(1, 5, height, width)).astype(np.float32)
        with torch.no_grad():
            expected = network(torch.from_numpy(images))["logits"].numpy()
        np.testing.assert_allclose(graph(images)[0], expected, atol=1e-3 * float(np.abs(expected).max()))
