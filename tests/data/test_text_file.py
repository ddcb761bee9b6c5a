"""Text files as editors and programs of all kinds write them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.kitti.calibration import read_entries
from data.kitti.object_labels import read_object_labels
from data.sources.selection import read_split
from data.text_file import read_lines, read_text

DRESSES = {
    "UTF-8": lambda text: text.encode(),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16, as PowerShell redirects": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Windows' line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Macs' line ends": lambda text: text.replace("\n", "\r").encode(),
    "blank lines": lambda text: f"\n{text}\n \n\t\n\n".replace("\n", "\n\n").encode(),
    "blanks around lines": lambda text: "\n".join(f"  {line}\t " for line in text.split("\n")).encode(),
    "no end of the last line": lambda text: text.rstrip("\n").encode(),
}
CAR = "Car 0.00 0 -1.5 600 150 630 190 1.5 1.6 3.9 0.5 1.6 20.0 -1.5"


@pytest.fixture(params=DRESSES)
def dressed(request: pytest.FixtureRequest, tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "file.txt"
        path.write_bytes(DRESSES[request.param](text))
        return path

    return write


def test_lines(dressed):
    assert read_lines(dressed("first\nsecond one\nGröße\n")) == ["first", "second one", "Größe"]


def test_lists_of_frames(dressed):
    assert read_split(dressed("0000000003\nscan 2\nscan 2\nleft.bin\n")) == ("0000000003", "scan 2", "left")


def test_calibrations(dressed):
    entries = read_entries(dressed("calib_time: 15-Mar-2012 11:37:16\nR: 1 0 0\n"))
    assert {name: value.split() for name, value in entries.items()} == {
        "calib_time": ["15-Mar-2012", "11:37:16"],
        "R": ["1", "0", "0"],
    }


def test_object_labels(dressed):
    assert [label.kind for label in read_object_labels(dressed(f"{CAR}\n{CAR}\n"))] == ["Car", "Car"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\xd0\xcf\x11\xe0", b"caf\xe9"])
def test_what_is_no_text(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="no text"):
        read_text(tmp_path / "a")


def test_what_is_too_large(tmp_path):
    (tmp_path / "a").write_text("12345")
    assert read_text(tmp_path / "a", most=5) == "12345"
    with pytest.raises(OSError, match="over 4 bytes"):
        read_text(tmp_path / "a", most=4)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_regular_file(tmp_path, make):
    make(tmp_path / "a")
    with pytest.raises(OSError, match="no regular file"):
        read_text(tmp_path / "a")


def test_a_device_that_never_ends():
    with pytest.raises(OSError, match="no regular file"):
        read_text(Path("/dev/zero"))


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "a")
