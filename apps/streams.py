"""Standard input, output and error, whatever they are: closed, full, a pipe that nobody reads, an ASCII terminal."""

from __future__ import annotations

import errno
import io
import os
import sys


class StdoutError(OSError):
    """Standard output can't be written."""


class _Stdout(io.FileIO):
    """Its errors are told from those of files."""

    def write(self, data: object) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StdoutError(error.errno, error.strerror) from None


class _Stderr(io.FileIO):
    """What can't be said is dropped: there is nobody to tell."""

    def write(self, data: object) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            if error.errno == errno.EAGAIN:
                raise
            return memoryview(data).nbytes  # type: ignore[arg-type]


def prepare() -> None:
    """Make the streams usable. For the beginning of the program, before it opens any file.

    A closed one becomes /dev/null, for the next file that is opened would take its number. What a terminal's encoding
    doesn't have is escaped. Streams that somebody has put in the place of the usual ones are left alone.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    for number, name, raw in ((1, "stdout", _Stdout), (2, "stderr", _Stderr)):
        usual = getattr(sys, f"__{name}__")
        if getattr(sys, name) is usual:
            encoding = usual.encoding if usual is not None else "utf-8"
            buffered = io.BufferedWriter(raw(number, "w", closefd=False))
            lines = number == 2 or os.isatty(number)
            stream = io.TextIOWrapper(buffered, encoding, "backslashreplace", line_buffering=lines)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def discard_stdout() -> None:
    """Let go of what is still to be written, about which Python would complain at the end of the process."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
