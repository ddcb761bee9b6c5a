"""What a folder says of the simulation that it holds: whose, and whether it is finished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.atomic import atomic_write
from data.sources.kitti_raw import SIMULATION
from projection.errors import InputError


def is_finished(folder: Path, settings: Mapping[str, Any]) -> bool:
    """True if the folder holds this drive, finished; False if it is new or holds one that was interrupted.

    Raises:
        InputError: it holds anything else.
    """
    if not folder.exists():
        return False
    other = f"{folder}: holds another drive: choose another output folder or seed, or delete it"
    mark, part = folder / SIMULATION, _part(folder)
    try:
        if mark.is_file():
            if json.loads(mark.read_text("utf-8")) != settings:
                raise InputError(other)
            return True
        if not part.is_file() and any(folder.iterdir()):
            raise InputError(other)
    except (OSError, ValueError) as error:
        raise error if isinstance(error, InputError) else InputError(other) from None
    return False


def mark_begun(folder: Path, settings: Mapping[str, Any]) -> None:
    """Say whose simulation begins here. Raises InputError or OSError if it can't be written."""
    write(_part(folder), _record(settings))


def mark_finished(folder: Path, settings: Mapping[str, Any]) -> None:
    """Say that it is whole. Raises InputError or OSError if it can't be written."""
    write(folder / SIMULATION, _record(settings))
    _part(folder).unlink()


def write(path: Path, content: bytes) -> None:
    """Write one of its files, whole or not at all. Raises InputError if it can't be written."""
    with atomic_write(path) as file:
        file.write(content)


def _part(folder: Path) -> Path:
    return folder / f"{SIMULATION}.part"


def _record(settings: Mapping[str, Any]) -> bytes:
    return (json.dumps(settings) + "\n").encode()
