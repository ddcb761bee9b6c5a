"""Imports point one way: projection <- crf, data <- squeezeseg <- apps; and torch stays out of what needs none."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "projection": set(),
    "crf": {"projection"},
    "data": {"projection"},
    "squeezeseg": {"projection", "crf", "data"},
    "apps": {"projection", "crf", "data", "squeezeseg"},
}
OURS = {*MAY_IMPORT, "tests", "oracles", "helpers"}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(source, module):
    """The dotted names that a module's source imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # A relative import starts from the folder `level` above the module.
            base = list(module.with_suffix("").parts[: -node.level]) if node.level else []
            base += node.module.split(".") if node.module else []
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


def top_levels(file):
    return {name.split(".")[0] for name in imported(file.read_text("utf-8"), file.relative_to(ROOT))}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import crf.recurrent as r, numpy", {"crf.recurrent", "numpy"}),
        ("from crf import CRFSettings", {"crf.CRFSettings"}),
        ("def f():\n    import torch", {"torch"}),
        ("if TYPE_CHECKING:\n    from torch import nn", {"torch.nn"}),
        ("from . import labels", {"data.sinks.labels"}),
        ("from ..scan import Scan", {"data.scan.Scan"}),
        ('"""import torch"""  # import torch', set()),
    ],
)
def test_what_a_module_imports(source, expected):
    assert imported(source, Path("data/sinks/ply.py")) == expected


def test_every_package_has_a_rule():
    packages = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    assert packages - {"tests"} == set(MAY_IMPORT)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    forbidden = OURS - MAY_IMPORT[package] - {package}
    wrong = {str(file.relative_to(ROOT)): bad for file in modules(package) if (bad := top_levels(file) & forbidden)}
    assert not wrong


def test_projection_needs_numpy_and_numba_only():
    allowed = {"projection", "numpy", "numba", *sys.stdlib_module_names}
    wrong = {file.name: bad for file in modules("projection") if (bad := top_levels(file) - allowed)}
    assert not wrong


def test_no_torch_in_projection_data_and_the_crf_kernel():
    files = [*modules("projection"), *modules("data"), *modules("crf")]
    assert [file.name for file in files if "torch" in top_levels(file)] == ["recurrent.py"]


def test_torch_is_not_loaded_with_projection_data_and_the_crf_kernel():
    names = "projection, data, data.sources, data.sinks, crf, crf.meanfield"
    code = f"import sys, {names}; print(*(m for m in ('torch', 'open3d') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
