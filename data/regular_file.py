"""Files of others: only regular ones are opened, and none that are larger than they can be."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 1 << 30
"""Of a scan: eight times the largest that a sensor makes, in text."""
_STEP = 1 << 20


def check_regular(path: Path) -> None:
    """Raise OSError if there is no such file, or no regular one: a pipe waits for ever, a device may never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no regular file", str(path))


def open_regular(path: Path, *, most: int = MAX_BYTES) -> BinaryIO:
    """Open a file to be read.

    most: bytes that it may have.

    Raises:
        OSError: it can't be read, is larger, or no regular file; `strerror` says which.
    """
    check_regular(path)
    file = path.open("rb")
    if os.fstat(file.fileno()).st_size > most:
        file.close()
        raise OSError(errno.EFBIG, f"over {most:,} bytes", str(path))
    return file


def read_bytes(path: Path, *, most: int = MAX_BYTES) -> bytes:
    """The content of a file. Raises OSError as `open_regular` does."""
    with open_regular(path, most=most) as file:
        # A buffer of as many bytes as are asked for is made at once, so ask for those that the file has.
        size = os.fstat(file.fileno()).st_size
        data = file.read(size + 1)
        if len(data) > size:  # it may grow, or be one of the kernel's, which have no size
            data += file.read(min(most + 1 - len(data), _STEP))
    if len(data) > most:
        raise OSError(errno.EFBIG, f"over {most:,} bytes", str(path))
    return data
