"""squeezeseg search table, in engines that take no time."""

from __future__ import annotations

import json
import os

import pytest
from helpers.tools import needs

from squeezeseg.engines.instruction_set import SWITCH
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.space import named_space
from squeezeseg.search.table import measuring
from squeezeseg.search.table.latency_table import read_table

MICROSECONDS = 1e-6


@pytest.fixture
def machine(monkeypatch):
    """A machine on which a case takes as many microseconds as its block has letters, and a network 50 more in all.

    asked: the cases that were timed.
    """
    for tool in ("torch", "openvino", "onnxruntime"):
        needs(tool)
    asked = []

    def time_cases(cases, target):
        asked.extend(cases)
        return {case: len(case.block) * MICROSECONDS for case in cases}

    def time_networks(networks, target, height, width, progress):
        progress(2 * len(networks))
        return [(50 + sum(len(c.block) for c in cases_of(one, height, width))) * MICROSECONDS for one in networks]

    monkeypatch.setattr(measuring, "time_cases", time_cases)
    monkeypatch.setattr(measuring, "time_networks", time_networks)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    return asked


@pytest.fixture
def table(cli, machine, tmp_path):
    def run(*arguments):
        outcome = cli("search", "table", "--out", tmp_path / "t.json", "--precision", "float32", *arguments)
        assert outcome.status == 0, outcome.err
        return outcome

    return run


def test_a_table_and_how_well_it_tells_networks(table, machine, tmp_path):
    told = json.loads(table("--json", "--networks", "5").out)
    count = len(named_space("range").cases(64, 512))
    assert (told["cases"], told["missing"], len(machine)) == (count, 0, count)
    assert (told["target"]["engine"], told["target"]["precision"], told["target"]["threads"]) == (
        "openvino", "float32", 1,
    )  # fmt: skip
    assert told["correction"] == {"overhead": pytest.approx(50e-6), "factor": pytest.approx(1)}
    assert told["validation"]["r"] == pytest.approx(1)
    assert read_table(tmp_path / "t.json").validation.networks == 5


def test_the_report(table):
    lines = table("--networks", "4").out.splitlines()
    assert "openvino float32, 1 thread, " in lines[0]
    assert lines[1].endswith(" layers, images of 64 x 512; 0 layers to go")
    assert lines[2] == "a network takes 0.050 ms and 1.000 times the sum of its layers"
    assert lines[-1].startswith(
        "correlation 1.0000; mean error 0.0%, largest 0.0%, each told by the line of the others"
    )


def test_what_is_there_is_not_timed_again(table, machine):
    first = table("--time", "0")
    assert "the table is not complete: give the same command again" in first.err
    assert len(machine) == 0
    table("--networks", "0")
    count = len(machine)
    table("--networks", "3", "--model", "squeezeseg")
    assert len(machine) == count + len(set(cases_of_squeezeseg()))


def cases_of_squeezeseg():
    from squeezeseg.networks import ARCHITECTURES

    return cases_of(ARCHITECTURES["squeezeseg"], 64, 512)


def test_a_table_that_tells_badly_is_said_to(table, monkeypatch):
    made = iter(range(1, 100))
    monkeypatch.setattr(measuring, "time_networks", lambda some, *_: [next(made) * 1e-3 for _ in some])
    assert "that is not good enough to search by" in table("--networks", "5").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--space", "outer"], "unknown space 'outer'"),
        (["--model", "nothing"], "unknown model 'nothing'"),
        (["--engine", "onnxruntime", "--precision", "int8"], "--precision int8: onnxruntime has float32"),
        (["--engine", "onnxruntime", "--isa", "avx2"], "--isa: onnxruntime has no switch for it; leave out --isa"),
        (["--threads", "1000"], "--threads 1000: "),
        (["--networks", "2"], "--networks 2: a table is held against 3 networks at the least"),
    ],
)
def test_refusals(cli, machine, tmp_path, arguments, said):
    outcome = cli("search", "table", "--out", tmp_path / "t.json", *arguments)
    assert (outcome.status, outcome.err.count("error:")) == (2, 1)
    assert said in outcome.err


def test_another_machines_table_is_not_gone_on_with(table, cli, tmp_path):
    table("--networks", "0")
    file = tmp_path / "t.json"
    text = json.loads(file.read_text())
    text["target"]["processor"] = "Another one"
    file.write_text(json.dumps(text))
    outcome = cli("search", "table", "--out", file, "--precision", "float32")
    assert outcome.status == 2
    assert "is another target's table (processor Another one, not " in outcome.err


def test_an_engine_is_kept_to_an_instruction_set(cli, machine, tmp_path, monkeypatch):
    from squeezeseg.engines import processor

    monkeypatch.setenv(SWITCH, "ALL")  # so that it is put back
    has = processor.describe().instruction_sets
    if "avx2" not in has:
        pytest.skip("a processor without AVX2")
    out = tmp_path / "t.json"
    outcome = cli("search", "table", "--out", out, "--precision", "float32", "--isa", "avx2", "--networks", "0")
    assert outcome.status == 0, outcome.err
    assert read_table(out).target.flags == ("avx2",)
