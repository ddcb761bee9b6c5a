"""The log of a run: lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from data.atomic import atomic_write
from projection import InputError


def open_log(path: Path, keep: Callable[[Mapping[str, Any]], bool]) -> TextIO:
    """The log, to append to.

    keep: whether an entry stays; those that a killed run wrote after its last checkpoint come again.

    Raises:
        InputError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            lines = path.read_bytes().splitlines(keepends=True)
            with atomic_write(path) as file:
                file.writelines(line for line in lines if line.endswith(b"\n") and _stays(line, keep))
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another --out") from None


def _stays(line: bytes, keep: Callable[[Mapping[str, Any]], bool]) -> bool:
    try:
        return keep(json.loads(line))
    except (ValueError, KeyError, TypeError):
        return False
