"""Tools that tests need are asked for in one way, which leaves nothing out in CI."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import tools
from helpers.tools import needs

TESTS = Path(__file__).resolve().parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "-rA", "--import-mode=importlib", "-p", "no:cacheprovider"]
ASKED = r"(?:which|find_spec|installed)\("
BARE = re.compile(rf"importorskip\(|if .*{ASKED}.*:\n\s*pytest\.skip|skipif\([^)]*{ASKED}")
"""Ways of passing over a missing tool that CI wouldn't see."""


@pytest.mark.parametrize("tool", ["math", "xml.dom", "ffmpeg"])
def test_a_tool_that_is_there_is_given(monkeypatch, tool):
    monkeypatch.setattr(tools.shutil, "which", lambda name: f"/bin/{name}")
    assert needs(tool) in (sys.modules.get(tool), "/bin/ffmpeg")


def test_a_program_may_go_by_several_names(monkeypatch):
    monkeypatch.setattr(tools.shutil, "which", lambda name: "/bin/google-chrome" if name == "google-chrome" else None)
    assert needs("chromium") == "/bin/google-chrome"


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("no_such_package", r"pip install -c constraints.txt '.\[dev\]'"),
        ("no_such_package.part", r"pip install -c constraints.txt '.\[dev\]'"),
        ("math.part", r"pip install -c constraints.txt '.\[dev\]'"),
        ("ffmpeg", "apt install ffmpeg"),
        ("chromium", "apt install chromium"),
    ],
)
@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail), ("1", pytest.fail), ("", pytest.skip), ("false", pytest.skip)]
)
def test_a_missing_tool_fails_in_ci_and_skips_elsewhere(monkeypatch, tool, command, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    with pytest.raises(outcome.Exception, match=rf"needs {tool}, which is not installed: {command}"):
        needs(tool)


def test_a_tool_that_is_there_and_broken_is_not_passed_over(monkeypatch, tmp_path):
    (tmp_path / "broken_tool.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        needs("broken_tool")


@pytest.mark.parametrize(("ci", "status", "said"), [("true", 2, "1 error"), ("", 5, "1 skipped")])
def test_a_whole_module_may_need_a_tool(monkeypatch, tmp_path, ci, status, said):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    (tmp_path / "test_it.py").write_text(
        "from helpers.tools import needs\nneeds('no_such_package')\ndef test_it(): pass\n"
    )
    done = subprocess.run([*PYTEST, "test_it.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout) == (status, True), done.stdout
    assert "needs no_such_package, which is not installed" in done.stdout


def test_no_test_passes_over_a_missing_tool_in_another_way():
    found = [
        f"{path.relative_to(TESTS)}: {match.group()}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != Path(__file__).resolve()
        for match in BARE.finditer(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        'pytest.importorskip("openvino")',
        'if find_spec(engine) is None:\n        pytest.skip("no")',
        'if not installed(engine):\n        pytest.skip("no")',
        'if shutil.which("Xvfb") is None:\n    pytest.skip("needs Xvfb")',
        'pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")',
    ],
)
def test_other_ways_are_recognised(text):
    assert BARE.search(text)
