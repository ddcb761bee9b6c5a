"""The README's commands run, in the order in which they stand there; its Python does too."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_no_place_of_a_number_is_left_open() -> None:
    assert "@@" not in README


def test_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).stat().st_size < 300_000 for picture in pictures)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_commands_run(tmp_path: Path) -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines() if line.strip()]
    assert len(commands) >= 8
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in commands:
        program, *arguments = shlex.split(command, comments=True)
        assert program == "squeezeseg"
        done = subprocess.run(
            [sys.executable, "-m", "apps", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_python_runs() -> None:
    points = np.random.default_rng(0).uniform(0, 1, (1000, 4)).astype(np.float32)
    names: dict[str, object] = {"points": points}
    for block in blocks("python"):
        exec(block, names)
    assert names["result"].labels.shape == (1000,)  # type: ignore[attr-defined]


def test_sensor_file_opens(tmp_path: Path) -> None:
    from data.sensor_file import load_sensor

    file = tmp_path / "my.yaml"
    file.write_text(blocks("yaml")[0], encoding="utf-8")
    assert load_sensor(str(file)).beams == 32
