"""What `auto` takes: the fastest of what runs here, timed once."""

from __future__ import annotations

import json
import logging

import pytest
from helpers.tools import needs

from squeezeseg.engines import ENGINES
from squeezeseg.graphs import load_model
from squeezeseg.inference import fastest, timing_worker
from squeezeseg.inference.factory import load_engine
from squeezeseg.inference.fastest import Candidate

INT8, BFLOAT16, FLOAT32 = (Candidate("openvino", precision) for precision in ENGINES["openvino"])
ONNX = Candidate("onnxruntime", "float32")


@pytest.fixture
def timed(monkeypatch, tmp_path):
    """Timing is on, with an empty cache; set the milliseconds to be measured, and count the measurements."""
    monkeypatch.delenv("SQUEEZESEG_TIMING")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    measured = []

    def set_times(taken):
        def measure(_, candidates):
            measured.append(list(candidates))
            return {one: taken.get(one, float("inf")) for one in candidates} if taken else {}

        monkeypatch.setattr(fastest, "_measure", measure)
        return measured

    return set_times


@pytest.mark.parametrize(
    ("times", "chosen"),
    [
        ({INT8: 1.0, FLOAT32: 2.0}, INT8),
        ({INT8: 2.0, FLOAT32: 1.0}, FLOAT32),
        ({INT8: 1.0, BFLOAT16: 1.04, FLOAT32: 1.06}, BFLOAT16),  # about as fast, and more exact
        ({INT8: 1.0, FLOAT32: 1.04, ONNX: 1.03}, FLOAT32),
        ({ONNX: 3.0}, ONNX),
    ],
)
def test_the_fastest_is_taken_and_of_equals_the_most_exact(times, chosen):
    assert fastest.fastest(times) == chosen


def test_a_model_is_timed_once_and_its_engine_says_what_was_found(timed, caplog):
    needs("openvino")
    measured = timed({INT8: 3.0, FLOAT32: 2.0, ONNX: 9.0})
    with caplog.at_level(logging.INFO):
        names = {load_engine(load_model("fast"), lanes=lanes).name for lanes in (1, 2)}
    assert names == {"openvino float32 on cpu"}
    assert len(measured) == 1
    assert "fast runs here for the first time: timing openvino int8," in caplog.text
    reason = load_engine(load_model("fast")).reason
    assert reason == "timed on this machine: openvino float32 2.0 ms, openvino int8 3.0 ms, onnxruntime float32 9.0 ms"


def test_what_could_not_run_is_not_tried_again(timed):
    measured = timed({INT8: 3.0})
    for _ in range(2):
        assert fastest.choose(load_model("fast"), [INT8, FLOAT32])[0] == INT8
    assert len(measured) == 1


def test_an_engine_asked_for_is_chosen_among_its_precisions(timed):
    needs("openvino")
    timed({INT8: 3.0, FLOAT32: 2.0})
    assert load_engine(load_model("fast"), "openvino").name == "openvino float32 on cpu"
    assert load_engine(load_model("fast"), "openvino", "int8").name == "openvino int8 on cpu"


def test_without_times_the_rule_counts_and_nothing_is_remembered(timed, tmp_path):
    measured = timed({})
    assert fastest.choose(load_model("fast"), [ONNX, FLOAT32])[0] == ONNX
    assert fastest.choose(load_model("fast"), [ONNX, FLOAT32])[0] == ONNX
    assert len(measured) == 2


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"milliseconds": 3}', b'{"milliseconds": {"openvino int8": "fast"}}']
)
def test_damaged_times_are_measured_again(timed, tmp_path, content):
    measured = timed({INT8: 3.0, FLOAT32: 2.0})
    model = load_model("fast")
    fastest.times(model, [INT8, FLOAT32])
    (file,) = (tmp_path / "squeezeseg" / "timing").glob("*.json")
    assert json.loads(file.read_bytes())["network"] == "fast"
    file.write_bytes(content)
    assert fastest.times(model, [INT8, FLOAT32]) == {INT8: 3.0, FLOAT32: 2.0}
    assert len(measured) == 2


def test_a_process_that_dies_is_told_and_the_rule_counts(monkeypatch, caplog, tmp_path):
    monkeypatch.delenv("SQUEEZESEG_TIMING")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fastest, "_WORKER", ("-c", "raise SystemExit('no such instruction')"))
    assert fastest.choose(load_model("fast"), [ONNX, FLOAT32])[0] == ONNX
    assert "engines could not be timed (no such instruction)" in caplog.text


def test_the_worker_times_what_runs_and_leaves_out_what_does_not():
    needs("openvino")
    times = timing_worker.measure("fast", [FLOAT32, Candidate("openvino", "float64")], seconds=0.01)
    assert list(times) == [str(FLOAT32)]
    assert times[str(FLOAT32)] > 0
