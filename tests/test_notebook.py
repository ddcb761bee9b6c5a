"""The notebook in docs/ runs, and shows what it showed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.notebook import run, run_cell

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"


def outputs(notebook):
    """Each code cell's outputs: their kinds, without their values, which differ between processors."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [[(one["output_type"], *sorted(one.get("data", {}))) for one in cell["outputs"]] for cell in cells]


def test_it_is_small_and_has_been_run():
    content = json.loads(NOTEBOOK.read_text("utf-8"))
    assert NOTEBOOK.stat().st_size < 300_000
    assert all(outputs(content))
    assert sum(("execute_result", "image/png", "text/plain") in cell for cell in outputs(content)) == 1


@pytest.mark.slow
def test_it_runs(tmp_path, monkeypatch):
    content = json.loads(NOTEBOOK.read_text("utf-8"))
    before = outputs(content)
    monkeypatch.chdir(tmp_path)
    assert outputs(run(content)) == before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1", []),
        ("a = 1\na + 1", [("execute_result", "text/plain", "2")]),
        ("print('x')\nNone", [("stream", None, "x\n")]),
        ("print('x')\n'y'", [("stream", None, "x\n"), ("execute_result", "text/plain", "'y'")]),
    ],
)
def test_a_cell_shows_what_it_prints_and_its_last_value(source, expected):
    found = run_cell(source, {})
    shown = []
    for one in found:
        data = one.get("data", {"": one.get("text")})
        shown.append((one["output_type"], *next((kind or None, "".join(text)) for kind, text in data.items())))
    assert shown == expected
