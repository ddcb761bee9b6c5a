"""Reads the PointCloud2 messages of ROS 1 and 2 bags and MCAP files by rosbags, which needs no ROS."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from data.live.ros.bounds import MAX_AT_ONCE, BagPath, bound, most_at_once
from data.regular_file import check_regular
from data.yaml_file import read_yaml
from projection.errors import InputError

POINT_CLOUD = "sensor_msgs/msg/PointCloud2"
METADATA = "metadata.yaml"


class BagReader:
    """Messages of a bag, in order of time.

    The definitions of messages that it brings are not read: PointCloud2 is the same in all of ROS, and any program
    can be hidden in a definition.

    connections: rosbags', with topic, msgtype and msgcount.

    Raises:
        ImportError: rosbags is missing.
        Exception: of any kind, for files that are damaged; see `reason`.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        from rosbags.rosbag1 import Reader as Reader1
        from rosbags.rosbag2 import Reader as Reader2

        bound()
        first = all(file.suffix.lower() == ".bag" for file in files)
        self._deserialize: Any = _types(1).deserialize_ros1 if first else _types(2).deserialize_cdr
        self._readers: list[Any] = []
        with ExitStack() as stack:
            for file in files:
                _check(file)
                reader = Reader1(BagPath(file)) if first else Reader2(BagPath(file))
                self._readers.append(stack.enter_context(reader))
                _check_chunks(reader)
            self._stack = stack.pop_all()
        self.connections: list[Any] = [one for reader in self._readers for one in reader.connections]

    def messages(self, connections: Sequence[Any]) -> Generator[tuple[Any, int, bytes], None, None]:
        """The messages of these connections: connection, nanoseconds, content."""
        of_reader = [
            reader.messages(connections=chosen)
            for reader in self._readers
            if (chosen := [one for one in reader.connections if any(one is other for other in connections)])
        ]
        yield from heapq.merge(*of_reader, key=lambda message: message[1])

    def deserialize(self, data: bytes) -> Any:
        """A PointCloud2 of its bytes."""
        return self._deserialize(data, POINT_CLOUD)

    def close(self) -> None:
        """Close the files."""
        self._stack.close()


@cache
def _types(ros: int) -> Any:
    """The definitions of messages in ROS 1 or 2."""
    from rosbags.typesys import Stores, get_typestore

    return get_typestore(Stores.ROS1_NOETIC if ros == 1 else Stores.ROS2_HUMBLE)


def reason(error: Exception) -> str:
    """Why a bag can't be read, in words for people: rosbags stumbles over damage in any way."""
    from rosbags.rosbag1 import ReaderError as ReaderError1
    from rosbags.rosbag2 import ReaderError as ReaderError2

    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, InputError | ReaderError1 | ReaderError2):
        return " ".join(str(error).split())[:200]
    return "damaged, or cut short"


def _check(file: Path) -> None:
    if file.is_dir():
        read_yaml(file / METADATA)
        for part in file.iterdir():  # SQLite opens them by itself
            if part.suffix in (".db3", ".mcap"):
                check_regular(part)
    else:
        check_regular(file)


def _check_chunks(reader: Any) -> None:
    storage = getattr(reader, "storage", None)
    for part in getattr(storage, "storages", [storage]):
        spans = ((one.message_start_time, one.message_end_time, one.uncompressed_size) for one in _chunks(part))
        if (most := most_at_once(spans)) > MAX_AT_ONCE:
            raise InputError(f"chunks of {most:,} bytes that belong to the same time; at most {MAX_AT_ONCE:,} are read")


def _chunks(storage: Any) -> Sequence[Any]:
    """An MCAP file's; the others have none, or none that overlap."""
    return getattr(storage, "chunks", [])
