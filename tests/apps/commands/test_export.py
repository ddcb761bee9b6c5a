"""`squeezeseg export` as a person starts it."""

from __future__ import annotations

import json

import pytest
from helpers.tools import needs

from apps.cli import main

needs("onnxscript")
needs("onnxruntime")


@pytest.mark.slow
def test_a_network_is_exported_and_segments(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "onnx", "--model", "fast", "--scans", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["passed"]
    assert told["scans"] == 1
    assert json.loads((tmp_path / "fast.onnx.parity.json").read_text("utf-8"))["agreement"] == told["agreement"]
    assert main(["simulate", "street", "--frames", "1"]) == 0
    assert main(["segment", "street", "--model", "fast.onnx", "--engine", "onnxruntime"]) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["onnx", "--precision", "int8"], "an ONNX graph is float32"),
        (["onnx", "--scans", "0"], "scans 0: must be 1 or more"),
        (["onnx", "--model", "none"], "none: no such weights"),
    ],
)
def test_what_cannot_be_exported(tmp_path, monkeypatch, capsys, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    assert complaint in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_pytorch_the_extra_that_brings_all_is_named(monkeypatch, capsys):
    monkeypatch.setattr("squeezeseg.engines.installed", lambda package: package != "torch")
    assert main(["export", "onnx"]) == 2
    assert "pip install 'squeezeseg[export]'" in capsys.readouterr().err
