"""Latencies that are measured in turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from projection import InputError
from squeezeseg.engines.base import EngineError
from squeezeseg.frontier import timing
from squeezeseg.frontier.timing import Timings, read_timings, time_graphs, write_timings
from squeezeseg.profiling.interleave import Latency, interleave

GRAPHS = {
    ("a", "float32"): Path("a"),
    ("a", "bfloat16"): Path("a"),
    ("b", "float32"): Path("b"),
    ("b", "int8"): Path("c"),
}


def test_every_second_round_goes_backwards():
    order, done = [], []
    calls = {key: lambda key=key: order.append(key) for key in "abc"}
    found = interleave(calls, 0, 3, done.append)
    turns = [key for k, key in enumerate(order) if k == 0 or order[k - 1] != key]
    assert turns == list("abcbabc")  # at the turning points, one follows itself
    assert done == list(range(1, 10))
    assert {one.runs for one in found.values()} == {9}


def test_a_latency_sums_up_its_runs():
    assert Latency.of([float(k) for k in range(11, 0, -1)]) == Latency(6.0, 10.0, 1.0, 11)


@pytest.fixture
def engines(monkeypatch):
    """Engines that do nothing, on a processor without bfloat16 and with no memory for b in int8."""

    def engine(path, name, precision):
        assert name == "openvino"
        if precision == "bfloat16":
            raise InputError("not on this processor")

        def call(inputs):
            if precision == "int8":
                raise EngineError("no memory")

        return call

    monkeypatch.setattr(timing, "graph_engine", engine)


def test_what_does_not_run_is_left_out_with_the_reason(engines, tmp_path):
    found = time_graphs(GRAPHS, dict.fromkeys("ab", np.zeros(1, np.float32)), 0, 1)
    assert {model: list(by) for model, by in found.ms.items()} == {"a": ["float32"], "b": ["float32"]}
    assert found.left_out == {"bfloat16": "not on this processor", "b int8": "no memory"}
    assert found.cover(GRAPHS)
    assert not found.cover([("c", "float32")])
    write_timings(tmp_path, found)
    assert read_timings(tmp_path) == found


def test_latencies_of_another_machine_do_not_count():
    assert not Timings("another", 1, 1, 1.0, {}, {}).cover([])


@pytest.mark.parametrize("text", ["", "{}", '{"processor": 1}'])
def test_damaged_timings_are_none(tmp_path, text):
    (tmp_path / "timings.json").write_text(text)
    assert read_timings(tmp_path) is None
