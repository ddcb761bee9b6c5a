"""Bounds for rosbags, which has none of its own: what a bag says of its sizes is not believed.

A few kilobytes of zstd, lz4, bz2 or YAML can unpack to any amount of memory.
"""

from __future__ import annotations

import bz2
import io
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from data.regular_file import check_regular
from data.yaml_file import parse_yaml
from projection.errors import InputError

MAX_RECORD = 256 << 20
"""Bytes of a chunk or a message: sensors' are a few MiB."""
MAX_AT_ONCE = 1 << 30
"""Bytes of the chunks that overlap in time, which are in memory together."""
MAX_RATIO = 1000
"""How much smaller than its content a chunk may be, if that is over `FREE`: scans without a return shrink even more."""
FREE = 64 << 20
_MAX_LINE = 1 << 10


class Decompressor(Protocol):
    """Of one stream, as bz2, lz4 and zstd have it."""

    eof: bool

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes of what `data` unpacks to."""


def unpack(make: Callable[[], Any], data: bytes, size: int = MAX_RECORD) -> bytes:
    """Decompress a stream.

    make: its decompressor. size: bytes that it should have.

    Raises:
        InputError: it has more, or is cut short.
    """
    limit = min(MAX_RECORD, max(FREE, MAX_RATIO * len(data)))
    if size > MAX_RECORD:
        raise InputError(f"a chunk of {size:,} bytes; at most {MAX_RECORD:,} are read")
    decompressor: Decompressor = make()
    content = decompressor.decompress(data, limit + 1)
    if len(content) > limit:
        raise InputError(f"{len(data):,} bytes that unpack to over {limit:,}; no recording of a sensor does")
    if not decompressor.eof:
        raise InputError("a chunk that is cut short")
    return content


class BagPath(type(Path())):  # type: ignore[misc] # until Python 3.12, Path itself can't be subclassed
    """The path of a bag, or of a file in it, for rosbags to open."""

    def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
        """Open the file, if it is a regular one; records of any size can't be read from it."""
        check_regular(Path(self))
        if mode != "rb":
            return super().open(mode, *args, **options)
        return _BoundedFile(io.FileIO(self))


class _BoundedFile(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_RECORD:
            raise InputError(f"a record of {size:,} bytes; at most {MAX_RECORD:,} are read")
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(_MAX_LINE)


class _BoundedStream:
    """A compressed file that is unpacked as it is read, up to `MAX_RATIO` times its size."""

    def __init__(self, file: Any, packed: Any) -> None:
        self._file = file
        self._left = max(FREE, MAX_RATIO * packed.seek(0, io.SEEK_END))
        packed.seek(0)

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise InputError(f"unpacks to over {MAX_RATIO} times its size; no recording of a sensor does")
        return data

    def __enter__(self) -> _BoundedStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@cache
def bound() -> None:
    """Put bounded decompressors and a bounded YAML in the place of those that rosbags calls."""
    bag1: Any = import_module("rosbags.rosbag1.reader")
    bag2: Any = import_module("rosbags.rosbag2.reader")
    metadata: Any = import_module("rosbags.rosbag2.metadata")
    storage_mcap: Any = import_module("rosbags.rosbag2.storage_mcap")
    lz4 = import_module("lz4.frame").LZ4FrameDecompressor
    zstd = storage_mcap.zstd

    class BoundedYAML(metadata.YAML):  # type: ignore[misc]
        def load(self, stream: str) -> Any:
            parse_yaml(stream)
            return super().load(stream)

    storage_mcap.DECOMPRESSORS.update(
        lz4=lambda data, size: unpack(lz4, data, size),
        zstd=lambda data, size: unpack(zstd.ZstdDecompressor, data, size),
    )
    bag1.decompressors.update(
        bz2=lambda data: unpack(bz2.BZ2Decompressor, data),
        lz4=lambda data: unpack(lz4, data),
    )
    bag2.zstd = SimpleNamespace(
        decompress=lambda data: unpack(zstd.ZstdDecompressor, data),
        open=lambda file, mode: _BoundedStream(zstd.open(file, mode), file),
    )
    bag2.YAML = metadata.YAML = BoundedYAML


def most_at_once(spans: Iterable[tuple[int, int, int]]) -> int:
    """The most bytes that are in memory together, of chunks that are (first stamp, last stamp, bytes)."""
    steps = [step for first, last, size in spans for step in ((first, 0, size), (max(first, last), 1, -size))]
    most = now = 0
    for _, _, change in sorted(steps):
        now += change
        most = max(most, now)
    return most
