"""The command line in this process, and a small recording to run it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.drive import write_drive
from helpers.engine import segmenter

from apps.cli import main
from squeezeseg import Segmenter


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return write_drive(tmp_path)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command line; what was printed before is dropped."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def reflectance(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network: what reflects strongly is a car."""
    monkeypatch.setattr(Segmenter, "load", segmenter)
