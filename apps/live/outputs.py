"""The outputs of a live stream: each takes frames in a thread of its own, from a queue of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apps import console

if TYPE_CHECKING:
    from apps.live.options import OutputOptions, PacketOptions
    from data.sinks.foxglove import Marker
    from data.sinks.foxglove_server import FoxgloveServer
    from data.sinks.mcap import McapFile
    from squeezeseg.running.stream import Stream, StreamFrame
    from squeezeseg.tracking.followed import Followed

QUEUE = 4
"""Frames that wait for an output at most."""

Write = Callable[["StreamFrame"], None]


def check(outputs: OutputOptions) -> Write | None:
    """Raise InputError for outputs that can't be had, before anything is opened. Returns the folder's writer."""
    from apps.run_folder import check_formats

    if outputs.show:
        from apps.viewer.server import check_installed

        check_installed()
    if outputs.out is None:
        return None
    return folder_writer(outputs.out, check_formats(outputs.formats or [".npz"]))


def check_loop(source: str, outputs: OutputOptions, packets: PacketOptions) -> None:
    """Raise InputError where --loop makes no sense: for a sensor, or for files, which would get each scan again."""
    from projection import InputError

    if "://" in source:
        raise InputError(f"--loop is for recordings: a sensor on {source} doesn't end")
    kept = {"--out": outputs.out, "--mcap": outputs.mcap, "--record": packets.record}
    for option, value in kept.items():
        if value is not None:
            raise InputError(f"{option} would get the same scans again and again; leave out --loop or {option}")


def attach(
    stack: ExitStack,
    stream: Stream,
    outputs: OutputOptions,
    *,
    write: Write | None,
    keep_all: bool,
) -> None:
    """Subscribe the outputs but the page to a stream that hasn't started; the stack ends them.

    write: what `check` returned. keep_all: whether files miss no frame.
    """
    if write is not None:
        stack.enter_context(taking(stream, "out", write, keep_all=keep_all))
    if outputs.mcap is not None:
        from data.sinks.mcap import McapFile

        file = foxglove_writer(stack.enter_context(McapFile(outputs.mcap)))
        stack.enter_context(taking(stream, "mcap", file, keep_all=keep_all))
    if outputs.foxglove:
        from data.sinks.foxglove_server import ORIGINS, FoxgloveServer

        server = stack.enter_context(FoxgloveServer(origins=(*ORIGINS, *(outputs.foxglove_origin or ()))))
        console.note(f"Foxglove: {server.address}")
        stack.enter_context(taking(stream, "foxglove", foxglove_writer(server)))


@contextmanager
def taking(stream: Stream, name: str, take: Write, *, depth: int = QUEUE, keep_all: bool = False) -> Iterator[None]:
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


def folder_writer(folder: Path, suffixes: Sequence[str]) -> Write:
    """A writer of each frame's scan and labels to a folder, under the scan's name.

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


def marker(one: Followed) -> Marker:
    """A track as Foxglove is shown it."""
    from data.sinks.foxglove import Marker
    from squeezeseg.plotting.palette import MOTIONS, motion_of

    return Marker(one.number, one.box, one.title, MOTIONS[motion_of(one.moving)].dark, one.trail)


def foxglove_writer(sink: McapFile | FoxgloveServer) -> Write:
    """A writer of each frame's points, labels and objects or tracks as Foxglove's messages."""
    from squeezeseg.objects.boxes import detect

    def write(frame: StreamFrame) -> None:
        if frame.followed is None:
            sink.write(frame.scan, frame.result, boxes=[found.box for found in detect(frame.result)])
        else:
            sink.write(frame.scan, frame.result, markers=[marker(one) for one in frame.followed])

    return write
