"""What starting costs: a command imports what it needs, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from helpers.drive import write_drive
from helpers.tools import needs

from squeezeseg.engines import EngineName

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "torch",
    "nncf",
    "onnx",
    "matplotlib",
    "open3d",
    "cv2",
    "pykitti",
    "h5py",
    "streamlit",
    "pandas",
    "ray",
    "pyarrow",
)
ENGINES = [name for name in ("openvino", "onnxruntime") if name in get_args(EngineName)]


def loaded(program):
    """Those of the heavy packages that a program has loaded at its end."""
    program += f"\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_the_library_loads_nothing_heavy():
    assert (
        loaded(
            "import squeezeseg, squeezeseg.profiling.benchmark, squeezeseg.running.lanes, apps.run_folder, apps.opening"
        )
        == []
    )


def test_segmenting_without_a_network_loads_nothing_heavy(tmp_path):
    drive = write_drive(tmp_path)
    program = f"""
import sys
sys.path.insert(0, "tests")
from helpers.engine import segmenter
from squeezeseg import Segmenter
Segmenter.load = segmenter
from apps.cli import main
assert main(["segment", {str(drive)!r}, "--out", {str(tmp_path / "run")!r}, "--lanes", "2", "--boxes"]) == 0
"""
    assert loaded(program) == []


@pytest.mark.parametrize("arguments", [["simulate", "OUT", "--frames", "1"], ["doctor", "DRIVE"]], ids=lambda a: a[0])
def test_a_command_without_pictures_or_network_loads_nothing_heavy(tmp_path, arguments):
    places = {"OUT": tmp_path / "out", "DRIVE": write_drive(tmp_path)}
    program = f"""
from apps.cli import main
assert main({[str(places.get(word, word)) for word in arguments]!r}) == 0
"""
    assert loaded(program) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_loads_no_other(tmp_path, engine):
    needs(engine)
    drive = write_drive(tmp_path)
    options = ["--out", str(tmp_path / "run"), "--view", "front", "--engine", engine]
    program = f"""
from apps.cli import main
assert main(["segment", {str(drive)!r}, *{options!r}]) == 0
"""
    assert loaded(program) == []
