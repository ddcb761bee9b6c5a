from __future__ import annotations

import pytest

from apps.bench.tables import report

STAGES = ("project", "network", "crf", "probabilities", "objects", "back-project")
GPU = ("rows", "device", "objects", "back-project")
ENGINES = [
    (engine, kind) for engine in ("openvino", "onnxruntime", "torch") for kind in ("int8", "bfloat16", "float32")
]
LONG = {"p50": 12345.67, "p95": 12345.67, "p99": 12345.67}


def one(engine, precision, view, stages, isa=None):
    return {
        "isa": isa,
        "instructions": isa,
        "engine": engine,
        "precision": precision,
        "view": view,
        "default": True,
        "latency": {"ms": LONG, "fps": 99999.94, "stages_ms": dict.fromkeys(stages, LONG)},
        "throughput": {
            "lanes": 128,
            "ms": LONG,
            "fps": 99999.94,
            "times_eager": {"contiguous": 1234.56} if view == "front" else None,
            "joules_per_scan": 123.456,
        },
        "batches_fps": None,
        "start_up_s": 1234.56,
        "peak_memory_mib": 99999,
    }


@pytest.fixture
def told(capsys):
    views = ("front", "full")
    report(
        {
            "source": {"name": "drive", "simulated": False, "scans": 4, "points": 120_000},
            "sensor": "hdl64",
            "model": {"model": "squeezeseg"},
            "machine": {"processor": "one", "cores": 128, "flags": [], "amx_usable": True, "load_average": 0.0},
            "results": [
                one(*engine, view, GPU if engine[0] == "torch" else STAGES) for view in views for engine in ENGINES
            ]
            + [one("openvino", "bfloat16", view, STAGES, "avx512") for view in views],
            "includes": dict.fromkeys(("latency", "throughput", "start_up", "peak_memory", "isa"), "all"),
            "cold_start_up_s": None,
            "eager": None,
            "left_out": [],
        }
    )
    return capsys.readouterr().out.splitlines()


def test_no_table_is_wider_than_a_terminal_of_80_columns(told):
    assert max(map(len, told)) <= 80


def test_an_engine_has_the_times_of_its_own_stages(told):
    heads = [line.split() for line in told if {"network", "device"} & set(line.split())]
    assert ["network" in head for head in heads] == [True, False, True, False]  # two a view
    assert ["device" in head for head in heads] == [False, True, False, True]


def test_numbers_are_not_cut(told):
    for number in ("12,346", "100,000", "99,999", "1,235", "123.46"):
        assert any(number in line.split() for line in told)


def test_the_instruction_set_is_told(told):
    assert any(line.startswith("bfloat16 on avx512 (default)") for line in told)
    assert "the network's kernels: bfloat16 on avx512: avx512" in told
