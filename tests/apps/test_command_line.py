"""What all commands have in common."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from apps import cli as command_line

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "scipy", "numba", "torch", "open3d", "matplotlib", "cv2", "safetensors", "pydantic", "yaml")


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def python(*arguments):
    return run(sys.executable, *arguments)


def test_help_imports_nothing_heavy():
    program = f"""
import sys
from apps.cli import main
main(["--help"])
heavy = {{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r})
assert not heavy, heavy
"""
    done = python("-c", program)
    assert (done.returncode, done.stderr) == (0, "")
    assert "segment" in done.stdout


def test_python_m_apps_is_the_same_program():
    done = python("-m", "apps", "segment", "nowhere")
    assert done.returncode == 2
    assert done.stderr == "error: nowhere: no such file or folder; check the path\n"


def test_version(cli):
    assert cli("--version").out.startswith("squeezeseg")


def test_a_misspelt_command_is_guessed(cli):
    assert "Did you mean 'segment'? see 'squeezeseg --help'" in cli("segmnt").err


@pytest.mark.parametrize("verb", sorted(get_command(command_line.app).commands))
def test_each_command_has_help(cli, verb):
    outcome = cli(verb, "--help")
    assert outcome.status == 0
    assert f"Example: squeezeseg {verb}" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert not {"{", "<"} & set(outcome.out)


def test_shared_options_mean_the_same():
    commands = get_command(command_line.app).commands
    helps = {}
    for verb in ("segment", "eval", "render", "view", "doctor"):
        for parameter in commands[verb].params:
            if parameter.name in {"frames", "every", "split", "view", "sensor", "height", "model", "precision"}:
                helps.setdefault(parameter.name, set()).add((tuple(parameter.opts), parameter.help))
    assert all(len(meanings) == 1 for meanings in helps.values())
    assert len(helps) == 8


@pytest.mark.parametrize("place", ["before", "after"])
def test_traceback_is_shown_on_demand(cli, place):
    words = ["segment", "nowhere"]
    outcome = cli(*(["--traceback", *words] if place == "before" else [*words, "--traceback"]))
    assert outcome.status == 2
    assert "Traceback (most recent call last)" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("error: nowhere")


@pytest.mark.parametrize(
    ("error", "package"),
    [
        (OSError("libGL.so.1: cannot open shared object file: No such file or directory"), "libgl1"),
        (ImportError("libX11.so.6: cannot open shared object file: No such file or directory"), "libx11-6"),
        (OSError("libgomp.so.1: cannot open shared object file: No such file or directory"), "libgomp1"),
        (ImportError("libEGL.so.1: cannot open shared object file: No such file or directory"), "libegl1"),
        (OSError("libusb-1.0.so.0: cannot open shared object file: No such file or directory"), "libusb-1.0-0"),
        (ImportError("libother.so.3: cannot open shared object file: No such file or directory"), "libother"),
    ],
)
def test_a_missing_system_library_is_named_with_its_package(tmp_path, cli, monkeypatch, error, package):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("data.simulator.simulate", broken)
    outcome = cli("simulate", tmp_path / "drive")
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert package in outcome.err


def test_what_the_library_logs_is_a_warning(cli, capsys):
    cli("--version")
    logging.getLogger("data.sources").warning("left out: %s", "x\ny")
    assert capsys.readouterr().err == "warning: left out: x y\n"


def test_a_reader_that_has_gone_is_no_error(drive):
    command = f"{sys.executable} -m apps doctor {drive} --json | true"
    done = run("bash", "-o", "pipefail", "-c", command)
    assert "Traceback" not in done.stderr
    assert "error" not in done.stderr
