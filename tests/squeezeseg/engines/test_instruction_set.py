from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from helpers.tools import needs

from squeezeseg.engines import processor
from squeezeseg.engines.instruction_set import SWITCH, allowed, exceeds, switch, widest

FLAGS = ("fma", "avx2", "avx_vnni", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8")


@pytest.mark.parametrize(
    ("limit", "count"),
    [
        (None, 8), ("ALL", 8), ("no such", 8), ("AVX512_CORE_AMX", 8), ("AVX512_CORE_FP16", 7), ("AVX512_CORE_BF16", 6),
        ("AVX512_CORE_VNNI", 5), ("avx512_core", 4), ("AVX2_VNNI", 3), ("AVX2", 2), ("SSE41", 1),
    ],
)  # fmt: skip
def test_flags_that_the_switch_leaves(monkeypatch, limit, count):
    monkeypatch.delenv(SWITCH, raising=False)
    if limit is not None:
        monkeypatch.setenv(SWITCH, limit)
    assert allowed(FLAGS) == set(FLAGS[:count])


@pytest.mark.parametrize(
    ("kernels", "expected"),
    [
        (["jit_uni_f32", "ref_bf16", "jit_avx2_1x1_I8"], "avx2"),
        (["jit_avx2_f32", "brgconv_avx512_1x1_f32"], "avx512"),
        (["brgconv_avx512_amx_bf16", "jit_avx512_bf16"], "amx"),
        (["unknown_f32", "jit_sse41_f32"], None),
        ([], None),
    ],
)
def test_the_widest_of_kernels(kernels, expected):
    assert widest(kernels) == expected


@pytest.mark.parametrize(
    ("ran", "wanted", "expected"),
    [("amx", "avx512", True), ("avx512", "avx512", False), ("avx2", "amx", False), (None, "avx2", False)],
)
def test_disobedience(ran, wanted, expected):
    assert exceeds(ran, wanted) is expected


@pytest.mark.parametrize(
    ("flags", "level", "expected"),
    [
        ("avx2", 22, ("avx2",)),
        ("avx2 avx512f avx512bw amx_tile", 28, ("avx2", "avx512")),
        ("avx2 avx512f avx512bw amx_tile", 32, ("avx2", "avx512", "amx")),
        ("sse4_1", 13, ()),
    ],
)
def test_instruction_sets_of_a_processor(flags, level, expected):
    text = f"cpuid level : {level}\nflags : {flags}\n"
    assert processor.describe(text).instruction_sets == expected


RUN = """
import json
import numpy as np
from squeezeseg import load_model
from squeezeseg.engines.instruction_set import widest
from squeezeseg.engines.openvino_engine import OpenVINOEngine, runs_bfloat16
from squeezeseg.graphs.run import graph_file
engine = OpenVINOEngine(graph_file(load_model("fast"), "int8"), "int8")
engine(np.zeros((1, 8, 8, 64), np.float32))
print(json.dumps([widest(engine.kernels), runs_bfloat16()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("wanted", processor.describe().instruction_sets)
def test_openvino_obeys(wanted):
    """Each in a process of its own, for the switch is read once."""
    needs("openvino")
    done = subprocess.run(
        [sys.executable, "-c", RUN], env={**os.environ, **switch(wanted)}, capture_output=True, text=True, check=True
    )
    ran, bfloat16 = json.loads(done.stdout.splitlines()[-1])
    assert ran == wanted
    assert not (bfloat16 and wanted == "avx2")
