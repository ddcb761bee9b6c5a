"""Which engine runs a model, in which precision, and that all of them say the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers.tools import needs

from projection import InputError
from squeezeseg import Model, load_model
from squeezeseg.engines import ENGINES, processor
from squeezeseg.inference import factory
from squeezeseg.inference.factory import load_engine, precisions
from squeezeseg.networks.encoding import STEP

NAMES = ("squeezeseg", "fast")


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch):
    monkeypatch.setattr(factory, "_cuda", lambda: False)


@pytest.fixture
def only(monkeypatch):
    """Pretend that no other engines are installed."""
    return lambda *names: monkeypatch.setattr(factory, "installed", lambda engine: engine in names)


def openvino_says(monkeypatch, *, bfloat16):
    """Pretend that OpenVINO computes in bfloat16 on this processor, or doesn't."""
    from squeezeseg.engines import openvino_engine

    monkeypatch.setattr(openvino_engine, "runs_bfloat16", lambda core=None: bfloat16)


@pytest.fixture
def processor_with(monkeypatch):
    def pretend(*flags, amx=True):
        pretended = processor.Processor("pretended", frozenset(flags), amx)
        monkeypatch.setattr(processor, "describe", lambda: pretended)
        if factory.installed("openvino"):
            openvino_says(monkeypatch, bfloat16=bool(pretended.multiplies_bfloat16))

    return pretend


@pytest.fixture(scope="module", params=NAMES)
def embedded(request):
    return load_model(request.param)


@pytest.fixture(scope="module")
def inputs(embedded):
    """Within the span that inputs of int8 have."""
    shape = (2, embedded.card.architecture.inputs, 8, 64)
    return np.random.default_rng(0).normal(size=shape).clip(-0.99, 0.99).astype(np.float32)


@pytest.mark.parametrize(("engine", "precision", "share"), [
    ("openvino", "float32", 2e-4),
    ("onnxruntime", "float32", 2e-4),
    ("torch", "bfloat16", 0.1),
    ("openvino", "bfloat16", 0.1),
    ("openvino", "int8", 0.2),
])  # fmt: skip
def test_engines_agree_with_torch_in_float32(embedded, inputs, engine, precision, share):
    needs(engine)
    if (engine, precision) == ("openvino", "bfloat16") and precision not in precisions(engine, embedded):
        pytest.skip("OpenVINO runs float32 in the name of bfloat16 on this processor")
    expected = load_engine(embedded, "torch", "float32")(inputs)["logits"]
    got = load_engine(embedded, engine, precision)(inputs)["logits"]
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= share * np.abs(expected).max()
    assert precision == "float32" or np.abs(got - expected).max() > 1e-4  # it is not float32 in disguise


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_say_in_fields_what_they_are(embedded, inputs, engine):
    needs(engine)
    one, multiple = load_engine(embedded, engine, "float32"), embedded.card.architecture.width_multiple
    assert (one.name, one.device, one.width_multiple) == (f"{engine} float32 on cpu", "cpu", multiple)
    assert one.threads >= 1
    assert f"{engine} was asked for" in one.reason
    assert {name: value.shape for name, value in one(inputs).items()} == {"logits": (2, 4, 8, 64)}
    assert one.clone().device == "cpu"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clone_says_the_same_at_the_same_time(embedded, inputs, engine):
    from concurrent.futures import ThreadPoolExecutor

    needs(engine)
    first = load_engine(embedded, engine, "float32", lanes=2)
    expected = [first(inputs)["logits"].copy(), first(inputs[:, :, :, :32])["logits"].copy()]
    with ThreadPoolExecutor(2) as pool:
        clones = first, first.clone()
        for _ in range(10):
            jobs = [
                pool.submit(lambda e, x: e(x)["logits"].copy(), e, x)
                for e, x in zip(clones, (inputs, inputs[..., :32]), strict=True)
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
        needs(engine)
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
    needs("openvino")
    processor_with(*flags, amx=amx)
    engine = load_engine(load_model("fast"))
    assert engine.name == name
    assert reason in engine.reason


@pytest.mark.parametrize(
    ("there", "engine", "precision", "complaint"),
    [
        (("torch",), "tensorrt", "auto", "--engine tensorrt: unknown; use one of auto, openvino, onnxruntime, torch"),
        (("torch",), "", "auto", "--engine : unknown; use one of auto, openvino"),
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


@pytest.mark.parametrize("turn", [0, 64])
def test_bytes_are_the_image_that_float32_tells(turn):
    engine = load_engine(load_model("fast"), "openvino", "int8")
    assert engine.takes_bytes
    image = np.random.default_rng(0).integers(-127, 128, (2, 8, 64, 128)).astype(np.int8)
    expected = engine.around(image * np.float32(STEP), turn)["logits"].copy()
    assert np.array_equal(engine.around(image, turn)["logits"], expected)


def test_there_is_no_int8_of_other_weights(tmp_path):
    from squeezeseg import save_model

    needs("openvino")
    embedded = load_model("fast")
    save_model(tmp_path / "mine.safetensors", Model(replace(embedded.card, command="another"), embedded.tensors))
    mine = load_model(tmp_path / "mine.safetensors")
    with pytest.raises(InputError, match=r"no int8 graph beside them; make it with 'squeezeseg export openvino"):
        load_engine(mine, "openvino", "int8")
    assert "int8" not in precisions("openvino", mine)
    assert "int8" in precisions("openvino", embedded)


@pytest.mark.parametrize("bfloat16", [True, False])
def test_openvino_offers_bfloat16_only_where_it_would_run_it(monkeypatch, bfloat16):
    """On other processors it would run float32 in its name, as fast as float32."""
    needs("openvino")
    openvino_says(monkeypatch, bfloat16=bfloat16)
    embedded = load_model("fast")
    offered = precisions("openvino", embedded)
    assert offered == (ENGINES["openvino"] if bfloat16 else ("int8", "float32"))
    if bfloat16:
        assert load_engine(embedded, "openvino", "bfloat16").name == "openvino bfloat16 on cpu"
    else:
        with pytest.raises(InputError, match="OpenVINO would run float32 on this processor; ask for float32"):
            load_engine(embedded, "openvino", "bfloat16")


@pytest.mark.parametrize(("capabilities", "runs"), [(["FP32", "BF16", "INT8"], True), (["FP32", "INT8"], False)])
def test_openvino_is_asked_what_it_runs(capabilities, runs):
    needs("openvino")
    from squeezeseg.engines.openvino_engine import runs_bfloat16

    class Core:
        def get_property(self, device, name):
            assert (device, name) == ("CPU", "OPTIMIZATION_CAPABILITIES")
            return capabilities

    assert runs_bfloat16(Core()) == runs


def test_float32_means_float32(processor_with):
    """OpenVINO would choose bfloat16 by itself where there is AMX."""
    needs("openvino")

    processor_with("amx_int8", "amx_bf16")
    settings = {p: load_engine(load_model("fast"), "openvino", p)._compiler._settings for p in ENGINES["openvino"]}
    hints = {precision: found["INFERENCE_PRECISION_HINT"] for precision, found in settings.items()}
    assert hints == {"float32": "f32", "bfloat16": "bf16", "int8": "bf16"}


RACE = """
import os, sys, threading, openvino
from squeezeseg.engines.openvino_engine import prepare_threads
sys.setswitchinterval(1e-6)
prepare_threads()
start = threading.Barrier(2)
def first_use():
    start.wait()
    openvino.Type.f32.to_dtype()
threads = [threading.Thread(target=first_use, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(20)
os._exit(any(thread.is_alive() for thread in threads))
"""


@pytest.mark.slow
def test_lanes_that_are_first_to_use_openvino_do_not_wait_for_each_other():
    """A third of these processes hung."""
    assert [subprocess.run([sys.executable, "-c", RACE], check=False).returncode for _ in range(6)] == [0] * 6
