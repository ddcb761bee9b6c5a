"""Names of run folders, where none is given: runs/SOURCE-VIEW, and -2, -3 after it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from apps import console

if TYPE_CHECKING:
    from data.sources import Source

PARENT = Path("runs")


def run_folder(typed: Path, source: Source, view: str, *, resume: bool) -> Path:
    """The folder of a run of `source`, which was opened by the path that was typed.

    That is a new one, and a note says so where there is an earlier one; if `resume`, it is the last that there is.
    """
    base = PARENT / f"{source_name(typed, source)}-{view}"
    taken = _taken(base)
    if not taken:
        return base
    last = max(taken)
    if resume:
        return _numbered(base, last)
    new, old = _numbered(base, last + 1), _numbered(base, last)
    console.note(f"{old} holds an earlier run; this one goes to {new} (to go on with the earlier one: --resume)")
    return new


def source_name(typed: Path, source: Source) -> str:
    """The name of a source as it was typed; of a drive that was found from a folder inside it, the drive's."""
    from data.sources.base import short_name

    path = typed.absolute() if typed.name not in ("", "..") else typed.resolve()
    if source.path.is_dir() and source.path.resolve() in path.resolve().parents:
        path = source.path
    return short_name(path.stem if path.is_file() else path.name) or source.name


def _taken(base: Path) -> list[int]:
    """The numbers of the folders of this name that aren't empty; the one without a number is 1."""
    if not base.parent.is_dir():
        return []
    ending = re.compile(rf"{re.escape(base.name)}(?:-([1-9][0-9]{{0,8}}))?")
    found = ((ending.fullmatch(path.name), path) for path in base.parent.iterdir())
    return [int(match[1] or 1) for match, path in found if match and (not path.is_dir() or any(path.iterdir()))]


def _numbered(base: Path, number: int) -> Path:
    return base if number == 1 else base.with_name(f"{base.name}-{number}")
