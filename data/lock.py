"""Locks: one process at a time writes to a place."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from projection.errors import InputError

FILE = ".lock"
"""A folder's lock."""
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


class HeldError(InputError):
    """Another process holds the lock."""


class Lock:
    """Held from its making until `release`, or the end of the process, however that comes.

    It is a file that is gone when nobody holds it, and locked by the system: what a killed process left counts for
    nothing. On a file system without locks there is none.

    place: what is locked, for the message. file: the lock's; its folder is made where it is missing.

    Raises:
        HeldError: another process holds it.
        InputError: the file can't be made.
    """

    def __init__(self, place: Path, file: Path) -> None:
        self._file = file
        self._made_folder = not file.parent.exists()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._acquire(place)
        except OSError as error:
            raise InputError(f"{place}: cannot be written ({error.strerror or error}); choose another place") from None

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """The lock of a folder, which is made where it is missing. Raises HeldError where another process holds it."""
        return cls(folder, folder / FILE)

    def _acquire(self, place: Path) -> int:
        while True:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                process = os.read(handle, 20).decode(errors="replace").strip()
                os.close(handle)
                by = f" (process {process})" if process.isdecimal() else ""
                raise HeldError(
                    f"{place}: another squeezeseg{by} is writing to it; wait until it ends, or choose another --out"
                ) from None
            except OSError as error:
                if error.errno not in _UNSUPPORTED:
                    os.close(handle)
                    raise
            if _is_same(handle, self._file):
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
                return handle
            os.close(handle)  # its holder has just removed it

    def release(self) -> None:
        """Let others have it; may be called twice."""
        if self._handle >= 0:
            self._file.unlink(missing_ok=True)  # while it is still held, so that nobody can hold the file that goes
            os.close(self._handle)
            self._handle = -1
            if self._made_folder:
                with suppress(OSError):  # as a rule it isn't empty
                    self._file.parent.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _is_same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
