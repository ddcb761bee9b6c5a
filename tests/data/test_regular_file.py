"""Files that never end or keep the program waiting are not opened, whichever reader meets them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from data.formats import FOLDER_SUFFIXES, READERS, read_points
from data.formats.label import read_labels
from data.kitti.camera import png_size
from data.kitti.tracklets import read_tracklets
from data.regular_file import open_regular, read_bytes
from data.sensor_file import load_sensor
from data.settings_file import read_settings
from data.sources import open_source
from data.sources.files import read_stamps
from data.sources.selection import read_split
from projection.errors import InputError


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # the name of a socket is short


NOT_REGULAR: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a socket": a_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}
READ: dict[str, Callable[[Path], object]] = {
    **{f"a{suffix}": read_points for suffix in READERS},
    "a.label": lambda path: read_labels(path, 0),
    "tracklet_labels.xml": read_tracklets,
    "sensor.yaml": load_sensor,
    "settings.yaml": read_settings,
    "split.txt": read_split,
}


@pytest.fixture(params=NOT_REGULAR)
def spoilt(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    monkeypatch.chdir(tmp_path)

    def make(name: str) -> Path:
        NOT_REGULAR[request.param](tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name", READ)
def test_readers_refuse_what_is_no_regular_file(spoilt, name):
    with pytest.raises(InputError, match=r"regular file|0 bytes of labels") as caught:
        READ[name](spoilt(name))
    assert "\n" not in str(caught.value)


def test_what_may_be_missing_is_as_if_it_were(spoilt):
    assert png_size(spoilt("a.png")) is None
    assert read_stamps(spoilt("times.txt"), float) == ()


def test_a_source_names_what_it_is_given(tmp_path):
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(InputError, match=r"a\.bin: no regular file"):
        open_source(tmp_path / "a.bin")


@pytest.mark.parametrize("suffix", FOLDER_SUFFIXES)
def test_a_pipe_among_scans_spoils_no_other(tmp_path, suffix):
    os.mkfifo(tmp_path / f"0{suffix}")
    (tmp_path / "1.bin").write_bytes(bytes(16))
    source = open_source(tmp_path)
    with pytest.raises(InputError, match="no regular file"):
        source.scan(source.frames[0])
    assert len(source.scan(source.frames[1])) == 1


def test_what_is_too_large(tmp_path):
    (tmp_path / "a").write_bytes(bytes(5))
    assert len(read_bytes(tmp_path / "a", most=5)) == 5
    with pytest.raises(OSError, match="over 4 bytes"):
        open_regular(tmp_path / "a", most=4)


def test_what_is_larger_than_it_says():
    with pytest.raises(OSError, match="over 10 bytes"):
        read_bytes(Path("/proc/self/status"), most=10)


def test_a_huge_scan_without_content(tmp_path):
    for suffix in READERS:
        with (tmp_path / f"a{suffix}").open("wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(InputError, match=r"over [0-9,]* bytes"):
            read_points(tmp_path / f"a{suffix}")
