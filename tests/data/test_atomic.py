"""Atomic writing: what is refused, and long names."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from data.atomic import atomic_write
from data.sources import open_source
from projection.errors import InputError


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def link_to_device(path: Path) -> Path:
    path.symlink_to("/dev/full")
    return path


@pytest.mark.parametrize("make", [lambda path: Path("/dev/full"), pipe, link_to_device])
def test_what_is_no_file_is_refused_and_stays(tmp_path, make):
    path = make(tmp_path / "a")
    before = path.lstat()
    with pytest.raises(InputError, match="it is a device or a pipe"), atomic_write(path) as file:
        file.write(b"x")
    assert (path.lstat().st_mode, path.lstat().st_ino) == (before.st_mode, before.st_ino)


@pytest.mark.parametrize("durable", [False, True])
def test_any_name_that_the_file_system_takes(tmp_path, durable):
    path = tmp_path / ("n" * 255)
    with atomic_write(path, durable=durable) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_a_name_that_is_too_long_is_one_line(tmp_path):
    with pytest.raises(InputError, match="File name too long"), atomic_write(tmp_path / ("n" * 256)):
        pass


@pytest.mark.parametrize("letter", ["n", "ö"])
def test_long_names_of_scans_leave_room_and_stay_apart(tmp_path, letter):
    stem = letter * (249 // len(letter.encode()))
    for last in "ab":
        np.ones((9, 4), np.float32).tofile(tmp_path / f"{stem}{last}.bin")
    names = [frame.name for frame in open_source(tmp_path).frames]
    assert len(set(names)) == 2
    assert all(len(os.fsencode(name)) <= 200 and name.startswith(letter * 90) for name in names)
