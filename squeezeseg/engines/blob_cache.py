"""The cache of compiled graphs: small, checked, and filled a whole file at a time.

OpenVINO's own maps files that another process may be writing, which ends the process by SIGBUS, takes damaged ones as
they are, and grows without bound.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from data.atomic import atomic_write
from projection import InputError

SUFFIX = ".blob"
MOST_FILES = 32
MOST_BYTES = 256 << 20
_DIGEST = hashlib.sha256().digest_size


class BlobCache:
    """Blobs by key in a folder, the ones that were used last.

    folder: None where nothing can be kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """The blob of a key; None where there is none, or a damaged one."""
        if self._folder is None:
            return None
        path = self._folder / f"{key}{SUFFIX}"
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        digest, blob = content[:_DIGEST], content[_DIGEST:]
        return blob if hashlib.sha256(blob).digest() == digest else None

    def store(self, key: str, blob: bytes) -> None:
        """Keep a blob, where that can be done, and drop those that were not used for longest."""
        if self._folder is None:
            return
        with suppress(InputError), atomic_write(self._folder / f"{key}{SUFFIX}", durable=True) as file:
            file.write(hashlib.sha256(blob).digest() + blob)
        self._prune()

    def _prune(self) -> None:
        assert self._folder is not None
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            with suppress(OSError):  # another process prunes too
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        kept = 0
        for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
            kept += size
            if number >= MOST_FILES or (number and kept > MOST_BYTES):
                with suppress(OSError):
                    path.unlink()
