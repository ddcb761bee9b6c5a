"""Nothing is reported to anybody: no connection, no look-up, no process that could do either."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.tools import needs

ROOT = Path(__file__).resolve().parent.parent
WATCH = """
import atexit, sys
seen = []
watched = {f"socket.{call}" for call in ("connect", "getaddrinfo", "gethostbyname", "sendto")}
watched |= {"os.fork", "subprocess.Popen"}
sys.addaudithook(lambda event, arguments: seen.append(event) if event in watched else None)
atexit.register(lambda: print(*seen))  # the first to be registered is the last to run
"""
LABEL = """
import numpy as np
from squeezeseg import Segmenter
points = np.random.default_rng(1).uniform((-20, -20, -2, 0), (20, 20, 1, 1), (5000, 4)).astype(np.float32)
assert len(Segmenter.load("fast", view="front", engine="{}", precision="float32")(points).labels) == 5000
"""


def watch(code: str, home: Path) -> list[str]:
    """The events of a process that runs `code`, outside pytest and CI, where libraries keep quiet."""
    hushed = ("CI", "NNCF", "PYTEST", "TF_BUILD", "JENKINS", "GITHUB")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hushed)}
    environment["HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-c", WATCH + code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("engine", "package"), [("openvino", "openvino"), ("onnxruntime", "onnxruntime"), ("torch", "torch")]
)
def test_engines_report_nothing(engine, package, tmp_path):
    needs(package)
    assert watch(LABEL.format(engine), tmp_path) == []
    assert not (tmp_path / "intel").exists()  # where OpenVINO keeps the number that it knows a user by


def test_quantization_reports_nothing(tmp_path):
    needs("nncf")
    assert watch("from squeezeseg.graphs.quantize import _nncf; _nncf()", tmp_path) == []
    assert not (tmp_path / "intel").exists()


def test_the_watch_sees_what_openvino_does_by_itself(tmp_path):
    assert "os.fork" in watch("import openvino", tmp_path)
