"""Tools that a test needs: outside CI it is skipped without them, in CI it fails."""

from __future__ import annotations

import importlib
import os
import shutil
from typing import Any

import pytest

PACKAGES = "pip install -c constraints.txt '.[dev]'"
"""The command that installs every Python package that a test needs."""
PROGRAMS = {
    "c++": (("c++",), "apt install g++"),
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt install chromium"),
    "ffmpeg": (("ffmpeg",), "apt install ffmpeg"),
    "Xvfb": (("Xvfb",), "apt install xvfb"),
}
"""Programs: the names that they go by, and the command that installs them."""


def needs(tool: str) -> Any:
    """A tool of a test, or of a whole module's tests: a Python module, imported, or the path of one of `PROGRAMS`.

    Where it is missing, the test is skipped with the command that installs it; where the environment has CI=true it
    fails, so that nothing is left out there unseen. A package that is there and can't be imported raises.
    """
    if tool in PROGRAMS:
        names, command = PROGRAMS[tool]
        found: Any = next(filter(None, map(shutil.which, names)), None)
        return found or _missing(tool, command)
    try:
        return importlib.import_module(tool)
    except ModuleNotFoundError as error:
        # Only if it is the tool that is missing, not something that a broken tool needs.
        if error.name is None or not (tool == error.name or tool.startswith(f"{error.name}.")):
            raise
        return _missing(tool, PACKAGES)


def in_ci() -> bool:
    """Whether these tests are to leave nothing out."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _missing(tool: str, command: str) -> None:
    reason = f"needs {tool}, which is not installed: {command}"
    if in_ci():
        pytest.fail(f"{reason} (in CI no test may be left out for want of a tool)", pytrace=False)
    pytest.skip(reason, allow_module_level=True)
