"""Bags that would take memory or time without bound, or that a program is hidden in."""

from __future__ import annotations

import bz2
import os
from pathlib import Path

import pytest
from helpers.bags import POINTS, mcap, ros1, ros2
from lz4 import frame as lz4
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from rosbags.rosbag2.storage_mcap import zstd

from data.live import open_live
from data.live.ros import bounds
from projection import InputError

MAKE = {"bz2": bz2.BZ2Decompressor, "lz4": lz4.LZ4FrameDecompressor, "zstd": zstd.ZstdDecompressor}
PACK = {"bz2": bz2.compress, "lz4": lz4.compress, "zstd": zstd.compress}


PACKED = {
    "ROS 1, bz2": lambda path: ros1(path, Writer1.CompressionFormat.BZ2),
    "ROS 1, lz4": lambda path: ros1(path, Writer1.CompressionFormat.LZ4),
    "MCAP": lambda path: mcap(path, CompressionMode.STORAGE),
    "ROS 2, message by message": lambda path: ros2(path, StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
    "ROS 2, whole files": lambda path: ros2(path, StoragePlugin.SQLITE3, CompressionMode.FILE),
}


def play(path: Path) -> int:
    return sum(len(scan) for scan in open_live(str(path), rate="max").scans())


@pytest.mark.parametrize("kind", PACKED)
def test_what_is_packed_is_read_unless_it_grows_beyond_measure(tmp_path, monkeypatch, kind):
    path = PACKED[kind](tmp_path)
    assert play(path) == POINTS
    monkeypatch.setattr(bounds, "FREE", 1000)
    monkeypatch.setattr(bounds, "MAX_RATIO", 2)
    with pytest.raises(InputError, match=r"unpack.* to over") as caught:
        play(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("codec", MAKE)
def test_a_stream_is_unpacked_up_to_its_limit(codec, monkeypatch):
    monkeypatch.setattr(bounds, "FREE", 5000)
    monkeypatch.setattr(bounds, "MAX_RATIO", 1)
    packed = PACK[codec](bytes(5000))
    assert bounds.unpack(MAKE[codec], packed) == bytes(5000)
    with pytest.raises(InputError, match="cut short"):
        bounds.unpack(MAKE[codec], packed[:-6])
    with pytest.raises(InputError, match="over 5,000"):
        bounds.unpack(MAKE[codec], PACK[codec](bytes(5001)))
    with pytest.raises(InputError, match="at most"):
        bounds.unpack(MAKE[codec], packed, 1 << 40)


@pytest.mark.parametrize("name", ["a.bag", "a.mcap"])
def test_a_record_of_any_size_is_not_read(tmp_path, monkeypatch, name):
    path = ros1(tmp_path, None) if name == "a.bag" else mcap(tmp_path)
    assert play(path) == POINTS
    monkeypatch.setattr(bounds, "MAX_RECORD", 1000)
    with pytest.raises(InputError, match="at most 1,000"):
        play(path)


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 9, 5), (10, 19, 7)], 7),
        ([(0, 10, 5), (10, 19, 7)], 12),
        ([(0, 99, 1), (5, 5, 2), (6, 7, 3)], 4),
        ([(9, 0, 4), (9, 9, 4)], 8),
    ],
)
def test_chunks_that_are_in_memory_together(spans, most):
    assert bounds.most_at_once(spans) == most


def test_chunks_that_overlap_beyond_measure_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("data.live.ros.reader.MAX_AT_ONCE", 1000)
    with pytest.raises(InputError, match="belong to the same time"):
        play(mcap(tmp_path))


def test_the_bags_own_definitions_are_not_read(tmp_path):
    path = mcap(tmp_path)
    content = path.read_bytes()
    assert content.count(b"uint32 point_step") > 1
    path.write_bytes(content.replace(b"uint32 point_step", b"\x1b[31m!&%$ ((((((("))
    assert play(path) == POINTS


@pytest.mark.parametrize("text", ["a: &a [x]\nb: [*a, *a]\n", "[" * 5000, "\0"])
def test_metadata_within_bounds(tmp_path, text):
    path = ros2(tmp_path, StoragePlugin.SQLITE3)
    (path / "metadata.yaml").write_text(text)
    with pytest.raises(InputError, match=r"metadata\.yaml") as caught:
        play(path)
    assert "\n" not in str(caught.value)


def test_quality_of_service_within_bounds(tmp_path):
    path = mcap(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"_profiles\x02\x00\x00\x00[]", b"_profiles\x02\x00\x00\x00*a"))
    assert path.read_bytes() != content
    with pytest.raises(InputError, match="cannot be read as a bag"):
        play(path)


@pytest.mark.parametrize("name", ["a.bag", "a.mcap", "a.db3"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["a pipe", "a device"])
def test_what_is_no_regular_file(tmp_path, name, make):
    make(tmp_path / name)
    with pytest.raises(InputError, match="no regular file"):
        play(tmp_path / name)


def test_a_pipe_among_a_bags_files(tmp_path):
    path = ros2(tmp_path, StoragePlugin.SQLITE3)
    file = next(path.glob("*.db3"))
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(InputError, match="no regular file"):
        play(path)
