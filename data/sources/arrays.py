"""Arrays that lie among scans: poses, times, intrinsics, which are .npy files as scans may be."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.formats.npy import NpyHeader, read_header
from data.sources.squeezeseg_npy import SHAPE
from projection.errors import InputError

_log = logging.getLogger(__name__)

_MATRICES = (12, 16)
"""Columns of poses: 3 x 4 or 4 x 4 numbers."""
_SMALL = 20
"""An array that is so many times smaller than the files beside it is no scan."""


def without_other_arrays(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Those of a folder's files that hold scans. What is left out is named in one warning.

    Files whose names differ in numbers only hold the same, so one header a group of them is read, and none where all
    names are alike.
    """
    groups: dict[str, list[Path]] = {}
    for file in files:
        groups.setdefault(re.sub(r"[0-9]+", "0", file.name), []).append(file)
    headers = {name: header for name, group in groups.items() if len(groups) > 1 and (header := _header(group))}
    # The largest of a group, for one may be cut short.
    sizes = {name: max(map(_size, group)) for name, group in groups.items()} if headers else {}
    others = {
        name: header
        for name, header in headers.items()
        if not _is_scan(header, sizes[name], max(sizes.values()), len(files) - len(groups[name]))
    }
    scans = [file for name, group in groups.items() if name not in others for file in group]
    if not others or not scans:
        return list(files)
    _log.warning("%s: left out, as they hold no scans: %s", folder, _summary(others, groups))
    return [file for file in files if file in set(scans)]


def _is_scan(header: NpyHeader, size: int, largest: int, rest: int) -> bool:
    """True for an array that may be points. size, largest: in bytes, of its files and of all. rest: other files."""
    shape, dtype = header.shape, header.dtype
    if shape == SHAPE or dtype.names:
        return True
    if len(shape) != 2 or shape[1] < 3 or shape[1] in _MATRICES or dtype.itemsize == 1:
        return False
    a_row_per_file = rest > 1 and abs(shape[0] - rest) <= 1
    return not a_row_per_file and size * _SMALL > largest


def _header(group: Sequence[Path]) -> NpyHeader | None:
    """The first that can be read; None where none can, which is told when the frames are read."""
    for file in group:
        if file.suffix.lower() == ".npy" and file.is_file():
            try:
                return read_header(file)
            except (InputError, OSError):
                continue
    return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _summary(others: Mapping[str, NpyHeader], groups: Mapping[str, Sequence[Path]]) -> str:
    """'poses.npy (20 x 12 numbers), k_0.npy and 9 more (3 x 3 numbers)'."""
    texts = []
    for name, header in others.items():
        more = f" and {len(groups[name]) - 1} more" if len(groups[name]) > 1 else ""
        texts.append(f"{groups[name][0].name}{more} ({' x '.join(map(str, header.shape)) or 'one'} numbers)")
    return ", ".join(texts)
