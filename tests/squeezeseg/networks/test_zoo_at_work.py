"""The zoo at work: each network for range images trains, labels a full turn, and runs elsewhere as in PyTorch."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
import torch
from helpers.real import DRIVE_0048, folder
from helpers.samples import make_store
from helpers.tools import needs

from data.labels import CLASSES, IGNORE
from data.scan import Scan
from data.simulator import Drive
from data.sources import open_source
from projection import PRESETS, InputError
from squeezeseg import Segmenter, load_model
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.networks import ARCHITECTURES, Architecture, Normalisation, zoo
from squeezeseg.networks.build import build
from squeezeseg.training.loop import train
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model, ModelCard

needs("onnxscript")
needs("openvino")
needs("onnxruntime")

from apps.compression.graphs import whole
from squeezeseg.graphs.listing import with_operations
from squeezeseg.graphs.onnx_export import export_onnx
from squeezeseg.graphs.run import graph_engine, graph_file

STEPS = TrainSettings(steps=3, batch=1, width=64, warm_up=0, crf_steps=1, precision="float32", average=0.5)
FAST = ("mobilenetv3-small", "shufflenetv2", "espnet-c")
"""A global mean, shuffled channels, and batch norms that stay."""
UNLISTED = ("espnet-c", "espnetv2")
"""Export folds batch norms of their own into numbers that are none of their tensors."""
LARGE = tuple(f"efficientnet-b{phi}" for phi in range(1, 8))
"""The same blocks as B0's, more of them."""
NAMES = [name for name in (*ARCHITECTURES, *zoo.BACKBONES) if name not in (*zoo.PUBLISHED_FORM_ONLY, *LARGE)]
ALL = [pytest.param(name, marks=[] if name in FAST else pytest.mark.slow) for name in NAMES]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Gives the file of weights of a name, trained for a moment."""
    store = make_store(frames=2)

    @cache
    def trained(name):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return train(STEPS.model_copy(update={"model": name}), store, tmp_path_factory.mktemp("zoo"))
        finally:
            torch.set_num_threads(threads)

    return trained


@pytest.fixture(scope="module")
def turn():
    """A full turn: a real one where there are any, else a simulated one."""
    if (real := folder() / DRIVE_0048).is_dir():
        return open_source(real)[0]
    (frame,) = Drive(0, 1).frames()
    return Scan(frame.points)


@pytest.mark.parametrize("name", ALL)
def test_a_network_trains_and_labels_a_full_turn_everywhere(name, weights, turn):
    segmenter = Segmenter.load(weights(name), engine="torch", precision="float32", sensor=PRESETS["hdl64"])
    found = segmenter(turn)
    seen = np.linalg.norm(turn.points[:, :3], axis=1) > 0
    assert len(found.labels) == len(turn.points)
    assert (found.labels[seen] < len(CLASSES)).all()
    assert (found.labels[~seen] == IGNORE).all()
    assert np.isfinite(found.confidence[seen]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ARCHITECTURES])
def test_graphs_answer_as_pytorch_does_at_any_size(name, weights, tmp_path):
    model, path = load_model(weights(name)), tmp_path / "a.onnx"
    export_onnx(model, path)
    graphs = [path]
    if name in UNLISTED:
        with pytest.raises(InputError, match="operations can't be listed"):
            with_operations(whole(model))
    else:
        listed = with_operations(whole(model))
        graphs.append(graph_file(Model(model.card, model.tensors, container=listed), "float"))
    network = load_network(model)
    for height, width in ((16, 640), (5, 64)):
        images = np.random.default_rng(0).normal(size=(2, 5, height, width)).astype(np.float32)
        with torch.no_grad():
            expected = network(torch.from_numpy(images))["logits"].numpy()
        for graph, engine in product(graphs, ("openvino", "onnxruntime")):
            got = graph_engine(graph, engine, "float32")(images)["logits"]
            np.testing.assert_allclose(got, expected, atol=1e-3 * float(np.abs(expected).max()))


@pytest.mark.slow
def test_grouped_convolutions_are_right_in_int8(tmp_path):
    needs("nncf")
    from squeezeseg.graphs.quantize import quantize

    stages = (("conv_k3_s2_c24_b0",), ("shuffle_g3_s2_c240_u1", "shuffle_g3_c240"))
    torch.manual_seed(0)
    network = build(described := Architecture("grouped", stages, ("lraspp",)), len(CLASSES), Normalisation()).eval()
    tensors = {f"network.{name}": value.numpy() for name, value in network.state_dict().items()}
    export_onnx(Model(ModelCard(described), tensors), tmp_path / "a.onnx")
    images = np.random.default_rng(0).normal(size=(5, 1, 5, 8, 64)).astype(np.float32)
    quantize(tmp_path / "a.onnx", list(images), tmp_path / "q.xml")
    with torch.no_grad():
        expected = network(torch.from_numpy(images[0]))["logits"].numpy()
    got = graph_engine(tmp_path / "q.xml", "openvino", "int8")(images[0])["logits"]
    assert np.square(got - expected).mean() < 0.02 * np.square(expected - expected.mean(axis=1, keepdims=True)).mean()
