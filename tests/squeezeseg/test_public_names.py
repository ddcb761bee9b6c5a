"""What `import squeezeseg` offers."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.drive import street, write_drive
from helpers.engine import segmenter

import squeezeseg
from data.scan import Scan

ROOT = Path(__file__).resolve().parents[2]

SNIPPET = """
import numpy as np
import squeezeseg
from squeezeseg import InputError, Scan, Segmenter, open_source

source = open_source("drive", sensor="vlp16")
segmenter = Segmenter.load("fast", sensor=source.sensor, view="front")
scan: Scan = source[-1]
for one in source[::2]:
    result = segmenter(one)
result = segmenter(np.fromfile("a.bin", np.float32).reshape(-1, 4), intensity="0..255")
result = segmenter(np.zeros((5, 3)))
names: list[str] = [found.name for found in result.objects]
nearest: float = min(found.box.centre[0] for found in result.objects)
share: float = float((result.labels == 1).mean())
result.plot().savefig("a.png")
result.save("a.ply")
try:
    score: float = squeezeseg.evaluate("drive", segmenter).iou["car"]
except InputError as error:
    print(error, squeezeseg.__version__)
reveal_type(result.labels)
segmenter.nothing
"""


def test_every_name_is_there():
    for name in squeezeseg.__all__:
        assert getattr(squeezeseg, name) is getattr(squeezeseg, name)
        assert name in dir(squeezeseg)
    assert set(squeezeseg._HOMES) | {"__version__"} == set(squeezeseg.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        squeezeseg.nothing  # noqa: B018


def test_the_version_is_that_of_the_package():
    assert squeezeseg.__version__ == importlib.metadata.version("squeezeseg")


def test_importing_imports_nothing_yet():
    code = "import sys, squeezeseg; print(*{'numpy', 'numba', 'torch', 'data', 'projection'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_is_public_says_in_a_line_what_it_is(tmp_path):
    source = squeezeseg.open_source(write_drive(tmp_path))
    one = segmenter(sensor=source.sensor)
    result = one(source[0])
    evaluation = squeezeseg.evaluate(source, one)
    model = squeezeseg.load_model("fast")
    shown = [
        source, source[0], source[1:], source.sensor, source.frames[0], one, result, result.objects[0], result.boxes[0],
        result.image, model, model.card, evaluation,
        squeezeseg.Segmentation(result.labels, result.image),
        Scan(street(0), stamp=12.5, ring=np.zeros(len(street(0)), np.uint8)),
    ]  # fmt: skip
    for value in shown:
        assert len(repr(value)) <= 200, value
        assert "\n" not in repr(value)
        assert repr(value).startswith(type(value).__name__)
    assert repr(source[1:]) == "KittiRaw('2011_09_26_drive_0009', 2 frames)"
    assert repr(source[0]) == "Scan('0000000000', 3,300 points)"


@pytest.mark.slow
def test_a_users_program_is_typed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", program]
    environment = {"MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    # Not what strictness says of our modules: of installed ones mypy reports nothing.
    array, nothing = (line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("program.py"))
    assert "numpy.ndarray" in array
    assert nothing == 'error: "Segmenter" has no attribute "nothing"  [attr-defined]'
