"""Point files behind URLs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers.tools import needs

from data.sources import open_source
from data.sources.remote import url_of
from projection import InputError

fsspec = needs("fsspec")


@pytest.fixture
def drive():
    """The URL of a folder of two scans and a note, in memory."""
    store = fsspec.filesystem("memory")
    for number in (3, 7):
        store.pipe(f"/fleet/drive/{number:06d}.bin", np.full((50, 4), number, np.float32).tobytes())
    store.pipe("/fleet/drive/notes.txt", b"sunny")
    yield "memory://fleet/drive"
    store.rm("/fleet", recursive=True)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://bucket/drive", "s3://bucket/drive"), ("s3:/bucket/drive", "s3://bucket/drive"),
        ("file:/data/drive", "file:///data/drive"), ("file:///data/drive", "file:///data/drive"),
        ("drive", None), ("c:/drive", None), ("/data/a:/b", None), ("udp:2368", None),
    ],
)  # fmt: skip
def test_a_url_is_known_from_a_path(path, url):
    assert url_of(path) == url


def test_a_folder_behind_a_url_is_read_scan_by_scan(drive, tmp_path):
    listed = tmp_path / "fleet.list"
    listed.write_text(f"{drive}\n")
    for source in (open_source(drive), open_source(listed), pickle.loads(pickle.dumps(open_source(drive)))):
        assert [(frame.number, frame.name) for frame in source.frames] == [(3, "000003"), (7, "000007")]
        assert [float(scan.points[0, 0]) for scan in source] == [3, 7]
        assert not source.labelled
    one = open_source(f"{drive}/000007.bin")
    assert (one.name, len(one), len(one[0])) == ("000007", 1, 50)


def test_what_is_not_there_is_told(drive):
    for url, said in ((f"{drive}/2", "cannot be read"), ("memory://fleet", "no scans"), ("none://x/y", "none")):
        with pytest.raises(InputError, match=said):
            open_source(url)
    fsspec.filesystem("memory").pipe("/fleet/drive/000003.bin", b"cut")
    source = open_source(drive)
    with pytest.raises(InputError, match="bin: 3 bytes"):
        source.scan(source.frames[0])
