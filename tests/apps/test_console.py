from __future__ import annotations

import io

import pytest
from rich.console import Console

from apps import console


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(console, "_stderr", Console(file=out))
    clock = iter([0.0, 10.0, 40.0, 50.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with console.progress("reading", 80) as progress:
        for done in (10, 40, 50):
            progress(done)
    assert out.getvalue() == "reading: 40 of 80, 1 minutes left\n"
