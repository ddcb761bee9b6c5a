"""Locks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data import lock
from data.lock import FILE, HeldError, Lock
from projection import InputError

HOLD = """
import sys, time
from pathlib import Path
from data.lock import Lock
held = Lock.of_folder(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_at_a_time_and_nothing_left(tmp_path):
    said = rf"run: another squeezeseg \(process {os.getpid()}\) is writing to it"
    with Lock.of_folder(tmp_path / "new" / "run"), pytest.raises(HeldError, match=said):
        Lock.of_folder(tmp_path / "new" / "run")
    with Lock.of_folder(tmp_path / "new" / "run") as held:
        held.release()
        Lock.of_folder(tmp_path / "new" / "run").release()
    assert list((tmp_path / "new").iterdir()) == []  # the folder was the lock's own


def test_a_killed_process_holds_nothing(tmp_path):
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(InputError, match=f"process {process.pid}"):
        Lock.of_folder(tmp_path)
    process.kill()
    process.communicate()
    assert (tmp_path / FILE).exists()
    Lock.of_folder(tmp_path).release()
    assert not (tmp_path / FILE).exists()


def test_a_file_system_without_locks_goes_without(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with Lock.of_folder(tmp_path), Lock.of_folder(tmp_path):
        pass


def test_what_cannot_be_locked_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written") as refused:
        Lock.of_folder(tmp_path / "file")
    assert not isinstance(refused.value, HeldError)
