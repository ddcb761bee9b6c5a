from __future__ import annotations

from dataclasses import replace

import pytest

from projection import InputError
from squeezeseg.networks.registry import ARCHITECTURES
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.table.latency_table import LatencyTable, read_table, write_table
from squeezeseg.search.table.target import Target
from squeezeseg.search.table.validation import Correction, validate

TARGET = Target("A processor", ("avx2",), "openvino", "int8", 1, {"openvino": "1"})
NETWORK = ARCHITECTURES["squeezeseg"]


@pytest.fixture
def table(tmp_path):
    """Of SqueezeSeg alone, each case 100 microseconds."""
    times = dict.fromkeys(cases_of(NETWORK, 64, 512), 1e-4)
    return LatencyTable(TARGET, 64, 512, "2026-11-30T12:00:00+00:00", times, path=tmp_path / "table.json")


@pytest.mark.parametrize("validated", [False, True])
def test_a_table_comes_back_from_its_file(table, validated):
    if validated:
        found = validate([1e-3, 2e-3, 4e-3], [1e-3, 2.1e-3, 4e-3])
        table = replace(table, correction=Correction(1e-5, 1.1), validation=found)
    write_table(table.path, table)
    assert read_table(table.path) == table


def test_a_network_is_the_sum_of_its_cases_and_the_correction(table):
    count = len(cases_of(NETWORK, 64, 512))
    assert table.network_seconds(NETWORK) == pytest.approx(count * 1e-4)
    corrected = replace(table, correction=Correction(1e-5, 1.1))
    assert corrected.network_seconds(NETWORK) == pytest.approx(1e-5 + 1.1 * count * 1e-4)


def test_a_missing_case_is_named_and_how_to_add_it(table):
    with pytest.raises(InputError) as error:
        table.network_seconds(ARCHITECTURES["fast"])
    assert str(error.value) == (
        f"{table.path}: has no time of fold_n8 conv_k3_c32 on 8 x 64 x 512; on the table's own machine, "
        f"'squeezeseg search table --out {table.path}' with --space NAME or --model NAME adds it"
    )


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text: text[:-9], "no JSON, or cut short"),
        (lambda text: text.replace("latency-table/1", "latency-table/9"), "format"),
        (lambda text: text.replace('"microseconds": 100.0', '"microseconds": "fast"', 1), "microseconds"),
    ],
    ids=["cut", "format", "text"],
)
def test_a_damaged_file_is_refused(table, spoil, reason):
    write_table(table.path, table)
    table.path.write_text(spoil(table.path.read_text()))
    with pytest.raises(InputError, match="no latency table") as error:
        read_table(table.path)
    assert reason in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"no latency table \(No such file or directory\); 'squeezeseg search table"):
        read_table(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("engine", "precision", "said"),
    [
        ("torch", "float32", "--engine torch: tells no times of its steps; use one of openvino, onnxruntime"),
        ("onnxruntime", "int8", "--precision int8: onnxruntime has float32"),
        ("openvino", "int8", "a table of openvino int8 needs nncf: pip install nncf"),
    ],
)
def test_targets_that_cannot_be(monkeypatch, engine, precision, said):
    monkeypatch.setattr("squeezeseg.search.table.target.installed", lambda library: library != "nncf")
    with pytest.raises(InputError) as error:
        Target.here(engine, precision, 1)
    assert str(error.value) == said


def test_whose_a_table_is():
    assert str(TARGET) == "openvino int8, 1 thread, A processor (avx2)"
    other = replace(TARGET, processor="Another", versions={"openvino": "2"})
    assert TARGET.differs(other) == "processor Another, not A processor, versions openvino 2, not openvino 1"
    assert TARGET.differs(TARGET) == ""


@pytest.mark.parametrize(
    ("flags", "kernel", "error"),
    [
        (("avx2",), "brgconv_avx512_f32", "openvino did not obey: it was kept to avx2, and ran avx512"),
        (("avx2", "avx512f"), "brgconv_avx512_amx_I8", "openvino did not obey: it was kept to avx512, and ran amx"),
        (("avx2", "avx512f"), "jit_avx512_I8", None),
        (("avx2", "avx512f", "amx_int8"), "brgconv_avx512_amx_I8", None),
        (("avx2",), "unknown_f32", None),
    ],
)
def test_an_engine_that_runs_more_than_the_tables_flags(flags, kernel, error):
    target = replace(TARGET, flags=flags)
    if error is None:
        target.check([kernel, "jit_avx2_f32"])
    else:
        with pytest.raises(InputError, match=error):
            target.check([kernel, "jit_avx2_f32"])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_fastest_run_of_a_call(threads):
    calls = []
    assert 0 <= replace(TARGET, threads=threads).fastest(lambda: calls.append(1), 0) < 1
    assert len(calls) == 7  # two to warm up, five that count
