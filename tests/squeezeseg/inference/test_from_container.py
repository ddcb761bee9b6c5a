"""A container is all that a scan's labels need: no PyTorch, no NNCF, no package of ONNX's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from helpers.operations import container
from helpers.tools import needs

from squeezeseg.weights import shipped_models
from squeezeseg.weights.container import write_container

needs("openvino")

LABEL = """
import socket, sys
sys.modules |= dict.fromkeys(("torch", "nncf", "onnx", "onnxscript", "onnxruntime"))  # importing them fails
socket.socket.connect = None  # and so does asking anyone
import numpy as np
from squeezeseg import Segmenter
points = np.random.default_rng(0).uniform(1, 20, (3000, 4)).astype(np.float32)
for precision in ("int8", "float32", "auto"):
    segmenter = Segmenter.load(sys.argv[1], precision=precision)
    print(len(segmenter(points).labels), segmenter.engine.name)
"""


def label(name, cache):
    """Label a scan in a new process whose caches are empty; its lines."""
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", LABEL, name], capture_output=True, text=True, check=False, env=os.environ | paths
    )
    said = [line.split() for line in done.stdout.splitlines()]
    assert [line[:2] for line in said] == [["3000", "openvino"]] * 3, done.stderr
    assert [line[2] for line in said[:2]] == ["int8", "float32"]


def test_a_scan_is_labelled_from_the_container_alone(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    label(tmp_path / "a.sqz", tmp_path / "cache")
    assert not list(tmp_path.rglob("*.onnx"))


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_models())
def test_a_scan_is_labelled_from_what_is_shipped_alone(tmp_path, name):
    label(name, tmp_path)
    assert not list(tmp_path.rglob("*.onnx"))
