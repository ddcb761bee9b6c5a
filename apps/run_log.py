"""A run's log while it is at work: a line of JSON per frame, so that noting one costs the same however many there are.

When the run ends, run.json has all of it. After a kill it tells what was done; a line that was cut counts for nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.run_record import parse_entry
from projection import InputError

FILE = "frames.jsonl"
LONGEST_LINE = 1 << 16


class RunLog:
    """Appends the entries of frames to `folder`/frames.jsonl, each handed to the system at once.

    Raises:
        InputError: it can't be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._handle = -1

    def append(self, name: str, entry: Mapping[str, Any]) -> None:
        """Add a frame's entry."""
        line = json.dumps({"name": name, **entry}, allow_nan=False).encode() + b"\n"
        try:
            if self._handle < 0:
                self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            os.write(self._handle, line)
        except OSError as error:
            raise InputError(f"{self._path}: cannot be written ({error.strerror or error}); make room") from None

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def clear(self) -> None:
        """Remove the file: run.json has its entries."""
        self.close()
        self._path.unlink(missing_ok=True)


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The entries of a run that is at work or was killed, with name and status; none where there is no log."""
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open("rb") as file:
        entries = [parse_entry(line) for line in iter(lambda: file.readline(LONGEST_LINE), b"")]
    return [entry for entry in entries if entry is not None]
