"""Atomic writing: a file is there whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from projection.errors import InputError


@contextmanager
def atomic_write(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a new binary file that takes the name `path` when the block ends without an exception.

    A killed program leaves the old file or none. The folder is made where it is missing.

    durable: after a power cut, too. That waits for the disk; without it, a file written in the last seconds before
        the cut may be empty.

    Raises:
        InputError: the folder can't be written, or the name is that of a device, a pipe or a folder.

    Example:
        with atomic_write(Path("run.json")) as file:
            file.write(b"{}")
    """
    # In the same folder, for a rename is atomic only within a file system. Not tempfile's: its files
    # are readable by their owner alone, whatever the umask.
    # Its name is short, for that of `path` may be as long as the file system takes.
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        if path.exists() and not path.is_file():  # root could put a file in a device's place
            kind = "a folder" if path.is_dir() else "a device or a pipe"
            raise InputError(f"{path}: cannot be written (it is {kind}); choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        file = temporary.open("xb")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace is the same, this one reads as what it is
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def is_temporary(path: Path) -> bool:
    """True if that is a name that `atomic_write` writes under, as a killed program leaves them."""
    return re.fullmatch(r"\.[0-9a-f]{16}\.tmp", path.name) is not None


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be written ({error.strerror or error}); choose another folder or make room")
