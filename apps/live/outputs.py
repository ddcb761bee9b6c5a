"""Where a live stream's frames go: each output takes them in a thread of its own, from a queue of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data.sinks.foxglove_server import FoxgloveServer
    from data.sinks.mcap import McapFile
    from squeezeseg.running.stream import Stream, StreamFrame

QUEUE = 4
"""Frames that wait for an output at most."""


@contextmanager
def taking(
    stream: Stream, name: str, take: Callable[[StreamFrame], None], *, depth: int = QUEUE, keep_all: bool = False
) -> Iterator[None]:
    """Give each of the stream's frames to `take` until it ends. Enter before the stream, leave after it.

    An exception in `take` ends the stream, and is raised when the block is left.
    """
    subscription = stream.subscribe(depth, name=name, keep_all=keep_all)
    errors: list[Exception] = []

    def work() -> None:
        with subscription:
            try:
                for frame in subscription:
                    take(frame)
            except Exception as error:  # raised below, in the thread that can handle it
                errors.append(error)
                stream.stop()

    thread = threading.Thread(target=work, name=f"squeezeseg {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        subscription.close()
        thread.join()
    if errors:
        raise errors[0]


def folder_writer(folder: Path, suffixes: Sequence[str]) -> Callable[[StreamFrame], None]:
    """What writes each frame's scan and labels to a folder, under the scan's name.

    Raises:
        InputError: the folder isn't empty, or can't be written.
    """
    from apps.run_folder import check_writable
    from data.sinks import write_scan
    from projection import InputError

    check_writable(folder)
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder}: not empty; give another --out")

    def write(frame: StreamFrame) -> None:
        for suffix in suffixes:
            write_scan(folder / f"{frame.scan.name}{suffix}", frame.scan, frame.result)

    return write


def foxglove_writer(sink: McapFile | FoxgloveServer) -> Callable[[StreamFrame], None]:
    """What writes each frame's points, labels and objects as Foxglove's messages."""
    from squeezeseg.objects.boxes import detect

    def write(frame: StreamFrame) -> None:
        boxes = [found.box for found in detect(frame.result)]
        sink.write(frame.scan, frame.result, boxes=boxes)

    return write
