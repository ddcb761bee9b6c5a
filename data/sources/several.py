"""Several paths as one source, such as the files that a shell makes of scans/*.bin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from data.formats import READERS
from data.sources.base import Source
from data.sources.collection import Collection
from data.sources.files import FileSource
from data.sources.remote import url_of
from data.text_file import read_lines
from projection import Sensor
from projection.errors import InputError

LIST = ".list"
"""Suffix of a list of recordings."""


def read_list(path: Path) -> list[Path]:
    """The paths in a text file, one a line, seen from the file's folder; lines that begin with # are none.

    Raises:
        InputError: it can't be read, or names nothing.
    """
    try:
        lines = read_lines(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise InputError(f"{path}: no list of recordings ({reason}); give a text file with one path a line") from None
    paths = [Path(line) if url_of(line) else path.parent / line for line in lines if not line.startswith("#")]
    if not paths:
        raise InputError(f"{path}: names no recordings; give a text file with one path a line")
    return paths


def open_several(paths: Sequence[Path], open_one: Callable[[Path], Source], sensor: Sensor | None) -> Source:
    """Files of one folder as its frames, in the order given; other paths as a collection of what each of them holds.

    The numbers of the frames are those in the files' names where they rise in this order, else they count the files.
    open_one: opens one path.

    Raises:
        InputError: one of the paths can't be opened; the message names it.
    """
    paths = list(dict.fromkeys(paths))
    folder = paths[0].parent
    if all(path.parent == folder and path.suffix.lower() in READERS and not url_of(path) for path in paths):
        if missing := next((path for path in paths if not path.is_file()), None):
            raise InputError(f"{missing}: no such file; check the path")
        source = FileSource(folder.absolute(), paths, sensor)
        if [frame.path for frame in source.frames] != paths:
            named = {frame.path: frame for frame in source.frames}
            source.frames = source.whole = tuple(
                replace(named[path], number=number) for number, path in enumerate(paths)
            )
        return source
    members: dict[str, Source] = {}
    for number, path in enumerate(paths):
        member = open_one(path)
        name = member.name if member.name not in members else f"{member.path.absolute().parent.name}_{member.name}"
        members[name if name not in members else f"{number}_{name}"] = member
    return Collection(folder.absolute(), members)
