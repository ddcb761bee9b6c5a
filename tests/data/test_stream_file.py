"""Captures and bags, recognised by suffix, first bytes or the files of a folder."""

from __future__ import annotations

import gzip

import pytest

from data.sources import open_source
from data.stream_file import stream_kind
from projection import InputError

PCAP = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pcap", b"", "capture"),
        ("a.PCAPNG", b"", "capture"),
        ("capture", PCAP, "capture"),
        ("capture.1", PCAP[3::-1] + bytes(20), "capture"),
        ("nanoseconds", b"\xa1\xb2\x3c\x4d" + bytes(20), "capture"),
        ("wireshark", b"\n\r\r\n" + bytes(20), "capture"),
        ("a.pcap.gz", b"", "capture"),
        ("packed", gzip.compress(PCAP, mtime=0), "capture"),
        ("other.gz", gzip.compress(b"text", mtime=0), None),
        ("torn.gz", gzip.compress(PCAP, mtime=0)[:12], None),
        ("a.bag", b"", "bag"),
        ("a", b"#ROSBAG V2.0\n", "bag"),
        ("a", b"\x89MCAP0\r\n", "bag"),
        ("a", b"SQLite format 3\0", "bag"),
        ("a.txt", b"text", None),
        ("empty", b"", None),
    ],
)
def test_a_file_is_recognised(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert stream_kind(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("files", "expected"), [(["metadata.yaml"], "bag"), (["a_0.db3"], "bag"), (["a.mcap"], "bag"), (["a.bin"], None)]
)
def test_a_folder_is_recognised(tmp_path, files, expected):
    for name in files:
        (tmp_path / name).touch()
    assert stream_kind(tmp_path) == expected


@pytest.mark.parametrize("name", ["a.pcap", "a.mcap", "bag"])
def test_scans_are_not_looked_for_in_a_stream(tmp_path, name):
    path = tmp_path / name
    if name == "bag":
        path.mkdir()
        (path / "bag_0.db3").touch()
    else:
        path.touch()
    with pytest.raises(InputError, match="'squeezeseg live'"):
        open_source(path)
