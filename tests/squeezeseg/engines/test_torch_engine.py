from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.models import fresh_network
from helpers.tools import needs

from projection import InputError
from squeezeseg import Model
from squeezeseg.engines import processor, torch_engine
from squeezeseg.engines.torch_engine import TorchEngine, fastest_type

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none")
without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="what a processor is given, a GPU takes")


@pytest.fixture
def inputs():
    return np.random.default_rng(0).normal(size=(2, 5, 3, 32)).astype(np.float32)


@pytest.fixture
def processor_with(monkeypatch):
    """Pretend that the processor announces a matrix unit that works, or doesn't."""

    def pretend(*, amx):
        described = processor.Processor("pretended", frozenset({"amx_tile", "amx_bf16"}), amx)
        monkeypatch.setattr(processor, "describe", lambda: described)

    return pretend


def test_logits_are_the_networks(model, inputs):
    network = fresh_network("squeezeseg", 4).eval()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in model.part("network").items()})
    with torch.no_grad():
        expected = network(torch.from_numpy(inputs))["logits"].numpy()
    np.testing.assert_allclose(TorchEngine(model, "float32")(inputs)["logits"], expected, atol=1e-3)


def test_logits_are_float32_in_one_piece(model, inputs):
    logits = TorchEngine(model, "bfloat16")(inputs)["logits"]
    assert (logits.shape, logits.dtype, logits.flags.c_contiguous) == ((2, 4, 3, 32), np.float32, True)


def test_bfloat16_is_close(model, inputs):
    exact, rounded = (TorchEngine(model, precision)(inputs)["logits"] for precision in ("float32", "bfloat16"))
    assert np.abs(exact - rounded).max() < 0.1 * np.abs(exact).max()


@without_gpu
@pytest.mark.parametrize(("amx", "name"), [(True, "torch bfloat16 on cpu"), (False, "torch float32 on cpu")])
def test_the_precision_that_the_processor_is_fast_at(model, processor_with, amx, name):
    processor_with(amx=amx)
    assert TorchEngine(model).name == name


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        pytest.param((6, 1), torch.float32, id="no tensor cores"),
        pytest.param((7, 0), torch.float16, id="tensor cores of float16"),
        pytest.param((7, 5), torch.float16, id="of float16 and integers"),
        pytest.param((8, 0), torch.bfloat16, id="of bfloat16"),
        pytest.param((9, 0), torch.bfloat16, id="later ones"),
    ],
)
def test_the_precision_that_a_gpu_is_fast_at(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert fastest_type(torch.device("cuda")) == expected


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_nothing_runs_before_the_guard(model, monkeypatch, precision):
    called = []
    monkeypatch.setattr(processor, "guard_matrix_unit", lambda: called.append("guard"))
    build = torch_engine.build
    monkeypatch.setattr(torch_engine, "build", lambda *a, **k: called.append("network") or build(*a, **k))
    TorchEngine(model, precision)
    assert called == ["guard", "network"]


def test_each_shape_of_input_has_its_own_answer(model, inputs):
    engine = TorchEngine(model, "float32")
    alone = engine(inputs[:1])["logits"].copy()
    np.testing.assert_allclose(engine(inputs)["logits"][:1], alone, atol=1e-3)
    np.testing.assert_array_equal(engine(inputs[:1])["logits"], alone)


def test_a_clone_answers_the_same_and_leaves_the_others_answer_alone(model, inputs):
    engine = TorchEngine(model, "float32")
    clone = engine.clone()
    first = engine(inputs)["logits"]
    before = first.copy()
    np.testing.assert_array_equal(clone(inputs)["logits"], before)
    clone(-inputs)
    np.testing.assert_array_equal(first, before)


def test_tensors_are_answered_as_arrays_are(model, inputs):
    engine = TorchEngine(model, "float32", device="cpu")
    with torch.inference_mode():
        np.testing.assert_array_equal(engine.tensors(torch.from_numpy(inputs))["logits"], engine(inputs)["logits"])


@pytest.mark.slow
def test_a_compiled_network_answers_the_same(model, inputs):
    needs("c++")
    plain, compiled = (TorchEngine(model, "float32", device="cpu", compiled=made) for made in (False, True))
    np.testing.assert_allclose(compiled(inputs)["logits"], plain(inputs)["logits"], atol=1e-3)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize(("precision", "share"), [("float32", 0.01), ("bfloat16", 0.1), ("float16", 0.02)])
def test_a_gpu_answers_the_same(model, inputs, precision, share):
    expected = TorchEngine(model, "float32", device="cpu")(inputs)["logits"]
    engine = TorchEngine(model, precision, device="cuda")
    assert engine.device == "cuda"
    for _ in range(3):
        assert np.abs(engine(inputs)["logits"] - expected).max() < share * np.abs(expected).max()
    assert np.abs(engine(inputs[:1])["logits"] - expected[:1]).max() < share * np.abs(expected).max()


def test_the_engine_leaves_the_models_tensors_alone(model, inputs):
    before = {name: value.copy() for name, value in model.tensors.items()}
    TorchEngine(model, "bfloat16")(inputs)
    assert all(np.array_equal(value, before[name]) for name, value in model.tensors.items())


@pytest.mark.parametrize(
    "damage", [lambda t: t.popitem(), lambda t: t.update({"network.more": np.zeros(1, np.float32)})]
)
def test_tensors_that_do_not_fit(model, damage):
    tensors = {name: value for name, value in model.tensors.items() if name.startswith("network.")}
    damage(tensors)
    with pytest.raises(InputError, match=r"my\.safetensors: do not fit the network squeezeseg"):
        TorchEngine(Model(replace(model.card, file="my.safetensors"), tensors))


def test_a_head_that_is_not_ours(model):
    other = replace(model.card.architecture, name="other", head=("linear",))
    with pytest.raises(InputError, match=r"my\.safetensors: other: unknown head 'linear'"):
        TorchEngine(Model(replace(model.card, file="my.safetensors", architecture=other), model.tensors))
