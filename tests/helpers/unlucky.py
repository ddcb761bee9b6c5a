"""Misfortunes: a process that is stopped at any moment, and a disk that gets full."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STOPPED, KILLED, FAILED = 130, 137, 1


def stopped_at(step: int, work: Callable[[], object], *, kill: bool) -> int:
    """The exit status of a child of this process that is interrupted, or killed, before its so-manyth line of Python.

    That is any line, of libraries too. 0 where it ended first.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = FAILED
    try:
        trace = _Trace(step, kill)
        sys.settrace(trace)
        work()
        status = 0
    except BaseException as error:
        status = STOPPED if _interrupted(error) else FAILED
    finally:
        sys.settrace(None)
        os._exit(status)


def _interrupted(error: BaseException | None) -> bool:
    """True if an interruption is behind the error: zipfile answers one with an error of its own."""
    return error is not None and (isinstance(error, KeyboardInterrupt) or _interrupted(error.__context__))


def lines_of(work: Callable[[], object]) -> int:
    """How many lines of Python are run."""
    trace = _Trace(-1, kill=False)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return trace.lines


class _Trace:
    def __init__(self, step: int, kill: bool) -> None:
        self.step, self.kill, self.lines = step, kill, 0

    def __call__(self, frame: object, event: str, argument: object) -> _Trace:
        if event == "line":
            self.lines += 1
            if self.lines == self.step:
                if self.kill:
                    os._exit(KILLED)
                raise KeyboardInterrupt
        return self


class Disk:
    """A disk with room for so many calls that write; at the next one half of the data finds room, then none.

    calls: that were made. Not full without `room`.
    """

    def __init__(self, patch: pytest.MonkeyPatch, room: int | None = None) -> None:
        self.room, self.calls = room, 0
        path_open, replace, fsync, write = Path.open, os.replace, os.fsync, os.write

        def opened(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if "x" not in mode:
                return path_open(path, mode, *rest, **named)
            self.spend()
            return io.BufferedWriter(_File(self, path, "x"))

        def some(handle: int, data: bytes) -> int:
            return write(handle, data[: self.take(len(data))])

        patch.setattr(Path, "open", opened)
        patch.setattr(os, "write", some)
        for name, call in (("replace", replace), ("fsync", fsync)):
            patch.setattr(os, name, lambda *given, call=call: (self.spend(), call(*given))[1])

    def spend(self) -> None:
        """Raises OSError where the disk is full."""
        self.calls += 1
        if self.room is not None and self.calls > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def take(self, size: int) -> int:
        """How many bytes of so many find room. Raises OSError where the disk was full before."""
        if self.room is not None and self.calls == self.room and size > 1:
            self.calls += 1
            return size // 2
        self.spend()
        return size


class _File(io.FileIO):
    def __init__(self, disk: Disk, path: Path, mode: str) -> None:
        super().__init__(path, mode)
        self._disk = disk

    def write(self, data: Any) -> int:
        return super().write(memoryview(data)[: self._disk.take(len(data))])
