"""Which engine runs a model, in which precision, and that all of them say the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from projection import InputError
from squeezeseg import Model, engines, load_model
from squeezeseg.engines import ENGINES, load_engine, precisions, processor

NAMES = ("squeezeseg", "fast")


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch):
    monkeypatch.setattr(engines, "_cuda", lambda: False)


@pytest.fixture
def only(monkeypatch):
    """Pretend that no other engines are installed."""
    return lambda *names: monkeypatch.setattr(engines, "installed", lambda engine: engine in names)


@pytest.fixture
def processor_with(monkeypatch):
    def pretend(*flags, amx=True):
        monkeypatch.setattr(processor, "describe", lambda: processor.Processor("pretended", frozenset(flags), amx))

    return pretend


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(2, 5, 8, 64)).astype(np.float32)


@pytest.fixture(scope="module", params=NAMES)
def embedded(request):
    return load_model(request.param)


@pytest.mark.parametrize(("engine", "precision", "share"), [
    ("openvino", "float32", 2e-4),
    ("onnxruntime", "float32", 2e-4),
    ("torch", "bfloat16", 0.1),
    ("openvino", "bfloat16", 0.1),
    ("openvino", "int8", 0.2),
])  # fmt: skip
def test_engines_agree_with_torch_in_float32(embedded, inputs, engine, precision, share):
    pytest.importorskip(engine)
    expected = load_engine(embedded, "torch", "float32")(inputs)
    got = load_engine(embedded, engine, precision)(inputs)
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= share * np.abs(expected).max()
    assert precision == "float32" or np.abs(got - expected).max() > 1e-4  # it is not float32 in disguise


@pytest.mark.parametrize("engine", ENGINES)
def test_a_twin_says_the_same_at_the_same_time(embedded, inputs, engine):
    from concurrent.futures import ThreadPoolExecutor

    pytest.importorskip(engine)
    first = load_engine(embedded, engine, "float32", lanes=2)
    expected = [first(inputs).copy(), first(inputs[:, :, :, :32]).copy()]
    with ThreadPoolExecutor(2) as pool:
        twins = first, first.clone()
        for _ in range(10):
            jobs = [
                pool.submit(lambda e, x: e(x).copy(), e, x)
                for e, x in zip(twins, (inputs, inputs[..., :32]), strict=True)
            ]
            for job, logits in zip(jobs, expected, strict=True):
                np.testing.assert_array_equal(job.result(), logits)


@pytest.mark.parametrize(
    ("there", "precision", "name"),
    [
        (("openvino", "onnxruntime", "torch"), "auto", "openvino int8 on cpu"),
        (("openvino",), "float32", "openvino float32 on cpu"),
        (("onnxruntime", "torch"), "auto", "onnxruntime float32 on cpu"),
        (("onnxruntime", "torch"), "bfloat16", "torch bfloat16 on cpu"),
        (("torch",), "float32", "torch float32 on cpu"),
    ],
)
def test_auto_takes_the_best_that_is_installed(embedded, only, processor_with, there, precision, name):
    for engine in there:
        pytest.importorskip(engine)
    only(*there)
    processor_with("amx_tile", "amx_int8", "amx_bf16")
    assert load_engine(embedded, "auto", precision).name == name


@pytest.mark.parametrize(
    ("flags", "amx", "name", "reason"),
    [
        (("amx_int8", "amx_bf16"), True, "openvino int8 on cpu", "int8: AMX"),
        (("amx_int8", "avx512_vnni"), False, "openvino int8 on cpu", "int8: AVX-512 VNNI"),
        (("avx_vnni",), False, "openvino int8 on cpu", "int8: AVX-VNNI"),
        (("amx_bf16",), True, "openvino bfloat16 on cpu", "bfloat16: AMX"),
        (("amx_bf16",), False, "openvino float32 on cpu", "float32: always works"),
        (("avx2",), False, "openvino float32 on cpu", "float32: always works"),
    ],
)
def test_auto_takes_what_the_processor_multiplies_and_says_so(processor_with, flags, amx, name, reason):
    pytest.importorskip("openvino")
    processor_with(*flags, amx=amx)
    engine = load_engine(load_model("fast"))
    assert engine.name == name
    assert reason in engine.reason


@pytest.mark.parametrize(
    ("there", "engine", "precision", "complaint"),
    [
        (("torch",), "openvino", "auto", "--engine openvino: not installed; pip install openvino"),
        (("onnxruntime",), "onnxruntime", "int8", "--engine onnxruntime has no int8; it has float32"),
        (("torch",), "torch", "int8", "--engine torch has no int8"),
        (("torch",), "auto", "int8", "no engine that is installed runs it in int8"),
        ((), "auto", "auto", "no engine that is installed runs it"),
    ],
)
def test_what_cannot_be_is_told(only, there, engine, precision, complaint):
    only(*there)
    with pytest.raises(InputError, match=complaint):
        load_engine(load_model("fast"), engine, precision)


def test_weights_in_no_file_run_with_torch(model):
    assert load_engine(model).name.startswith("torch")
    with pytest.raises(InputError, match="no graph of them; use --engine torch"):
        load_engine(model, "openvino", "float32")


def test_there_is_no_int8_of_other_weights(tmp_path):
    from squeezeseg import save_model

    pytest.importorskip("openvino")
    embedded = load_model("fast")
    save_model(tmp_path / "mine.safetensors", Model(replace(embedded.card, command="another"), embedded.tensors))
    mine = load_model(tmp_path / "mine.safetensors")
    with pytest.raises(InputError, match=r"no int8 graph beside them; make it with 'squeezeseg export openvino"):
        load_engine(mine, "openvino", "int8")
    assert "int8" not in precisions("openvino", mine)
    assert precisions("openvino", embedded) == ENGINES["openvino"]


def test_float32_means_float32(processor_with):
    """OpenVINO would choose bfloat16 by itself where there is AMX."""
    pytest.importorskip("openvino")

    processor_with("amx_int8", "amx_bf16")
    settings = {p: load_engine(load_model("fast"), "openvino", p)._graph._settings for p in ENGINES["openvino"]}
    hints = {precision: found["INFERENCE_PRECISION_HINT"] for precision, found in settings.items()}
    assert hints == {"float32": "f32", "bfloat16": "bf16", "int8": "bf16"}
