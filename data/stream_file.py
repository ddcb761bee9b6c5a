"""Recognises captures of network packets and bags of ROS, by suffix, by first bytes or by what a folder holds."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Literal

CAPTURE_SUFFIXES = (".pcap", ".pcapng", ".cap")
BAG_SUFFIXES = (".bag", ".mcap", ".db3")
BAG_PARTS = (".db3", ".mcap")
"""The files of a ROS 2 bag's folder."""

GZIP = b"\x1f\x8b"
_CAPTURES = (
    *(magic.to_bytes(4, order) for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34) for order in ("big", "little")),
    b"\x0a\x0d\x0d\x0a",
)
_BAGS = (b"#ROSBAG V", b"\x89MCAP0\r\n", b"SQLite format 3\x00")
_HEAD = 16


def stream_kind(path: Path) -> Literal["capture", "bag"] | None:
    """What a path is, if it is a capture or a bag. A suffix is believed, whether or not there is such a file."""
    suffix = path.suffix.lower()
    if suffix in CAPTURE_SUFFIXES:
        return "capture"
    if suffix in BAG_SUFFIXES or (path / "metadata.yaml").is_file() or bag_parts(path):
        return "bag"
    head = _head(path)
    if head.startswith(_CAPTURES) or (suffix == ".gz" and path.stem.lower().endswith(CAPTURE_SUFFIXES)):
        return "capture"
    return "bag" if head.startswith(_BAGS) else None


def bag_parts(folder: Path) -> list[Path]:
    """The files of a ROS 2 bag in a folder, in the order of their names; empty where there are none."""
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() in BAG_PARTS and file.is_file())
    except OSError:
        return []


def _head(path: Path) -> bytes:
    """The first bytes of a regular file, unpacked where it is gzip's; empty where there are none to be had."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(GZIP):
            with gzip.open(path) as unpacked:
                head = unpacked.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
    return head
