"""The program's streams: closed, full, without a reader, in ASCII; and signals and packages from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from apps import cli as command_line
from squeezeseg.running.interruption import interrupt_afterwards, interrupt_on_signals

ROOT = Path(__file__).resolve().parents[2]
FULL = "error: standard output: cannot be written (No space left on device); make room\n"
VERSION = f"{sys.executable} -m apps --version"
SHOW = """
from apps import console, streams
streams.prepare()
table = console.table("gr\\u00f6\\u00dfe", "IoU")
table.add_row("b\\u00e4r\\udcff", "1")
console.show(table)
console.say("gr\\u00f6\\u00dfe")
console.warn("gr\\u00f6\\u00dfe")
with console.progress("gr\\u00f6\\u00dfe", 2) as progress:
    progress(1)
"""


def shell(command, **environment):
    return subprocess.run(
        command, shell=True, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("command", "status", "error"),
    [
        (
            f"{VERSION} > /dev/full",
            1,
            "error: standard output: cannot be written (No space left on device); make room\n",
        ),
        (f"{VERSION} >&-", 0, ""),
        (f"{VERSION} <&- >&- 2>&-", 0, ""),
        (f"{sys.executable} -m apps nothing 2> /dev/full", 2, ""),
        (f"{sys.executable} -m apps nothing 2>&-", 2, ""),
        (f"{VERSION} | true", 0, ""),
    ],
)
def test_streams_that_cannot_be_written(command, status, error):
    done = shell(command)
    assert (done.returncode, done.stderr) == (status, error)


def test_a_closed_stdout_is_not_the_next_file(tmp_path):
    code = f"from apps import streams; streams.prepare(); f = open({str(tmp_path / 'a')!r}, 'w'); print('said')"
    assert shell(f'{sys.executable} -c "{code}" >&-').returncode == 0
    assert (tmp_path / "a").read_text() == ""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_what_a_terminal_cannot_show_is_escaped(encoding):
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    word = "größe".encode(encoding, "backslashreplace")
    assert done.stdout.count(word) == 2
    assert b"\\udcff" in done.stdout
    assert word in done.stderr


@pytest.mark.parametrize("make", ["data/__init__.py", "data.py"])
def test_a_package_of_the_users_own_with_a_name_of_ours(tmp_path, make):
    (tmp_path / make).parent.mkdir(exist_ok=True)
    (tmp_path / make).touch()
    code = f"import sys; sys.path[1:1] = [{str(tmp_path)!r}]; sys.path.append({str(ROOT)!r}); "
    command = "from apps.cli import main; sys.exit(main(['doctor', 'nowhere']))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code + command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "error: nowhere: no such file or folder; check the path\n")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code + "from squeezeseg import open_source"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1:]  # none where Python finds ours all the same
    assert last == [] or last[0].startswith("ImportError: Python finds another ")


@pytest.fixture
def _no_nohup():
    """SIGHUP ends a process, as it does where the tests themselves weren't started with nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_no_nohup")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_command_in_order(cli, monkeypatch, number):
    def doctor(*_, **__):
        try:
            signal.raise_signal(number)
        finally:
            ended.append(number)

    ended = []
    monkeypatch.setattr(command_line, "app", doctor)
    before = signal.getsignal(number)
    assert cli("doctor").status == 130
    assert ended == [number]
    assert signal.getsignal(number) == before


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupt_on_signals():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_no_nohup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_step_is_done_before_a_signal_is_heard(number):
    steps = []
    with pytest.raises(KeyboardInterrupt), interrupt_on_signals():  # noqa: PT012
        with interrupt_afterwards():
            signal.raise_signal(number)
            steps.append("whole")
        steps.append("next")
    assert steps == ["whole"]


def test_an_end_of_file_is_a_fault_and_not_an_interruption(cli, monkeypatch):
    def empty(*_, **__):
        raise EOFError("Ran out of input")

    monkeypatch.setattr("apps.commands.doctor.open_selected", empty, raising=False)
    monkeypatch.setattr("data.sources.open_source", empty)
    outcome = cli("doctor", ".")
    assert outcome.status == 1
    assert "error: EOFError: Ran out of input (this is a fault of the program" in outcome.err
