"""A container is all that a scan's labels need: no PyTorch, no NNCF, no package of ONNX's."""

from __future__ import annotations

import os
import subprocess
import sys

from helpers.operations import container
from helpers.tools import needs

from squeezeseg.weights.container import write_container

needs("openvino")

LABEL = """
import sys
sys.modules |= dict.fromkeys(("torch", "nncf", "onnx", "onnxscript", "onnxruntime"))  # importing them fails
import numpy as np
from squeezeseg import Segmenter
points = np.random.default_rng(0).uniform(1, 20, (3000, 4)).astype(np.float32)
for precision in ("int8", "float32", "auto"):
    segmenter = Segmenter.load(sys.argv[1], precision=precision)
    print(len(segmenter(points).labels), segmenter.engine.name)
"""


def test_a_scan_is_labelled_from_the_container_alone(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    done = subprocess.run(
        [sys.executable, "-c", LABEL, tmp_path / "a.sqz"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    said = done.stdout.splitlines()
    assert [line.split()[:2] for line in said] == [["3000", "openvino"]] * 3, done.stderr
    assert [line.split()[2] for line in said[:2]] == ["int8", "float32"]
    assert not list((tmp_path).glob("*.onnx"))
