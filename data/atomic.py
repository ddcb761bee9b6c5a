"""Atomic writing: a file is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from projection.errors import InputError


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a new binary file that takes the name `path` when the block ends without an exception.

    A killed program leaves the old file or none. The folder is made where it is missing.

    Raises:
        InputError: the folder can't be written.

    Example:
        with atomic_write(Path("run.json")) as file:
            file.write(b"{}")
    """
    # In the same folder, for a rename is atomic only within a file system. Not tempfile's: its files
    # are readable by their owner alone, whatever the umask.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = temporary.open("xb")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with file:
            yield file
        os.replace(temporary, path)  # noqa: PTH105 - Path.replace is the same, this one reads as what it is
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be written ({error.strerror or error}); choose another folder or make room")
