"""Files of points, read by suffix: .bin, .npy, .ply, .pcd, .npz, .txt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.formats.bin import read_bin
from data.formats.npy import read_npy
from data.formats.npz import read_npz
from data.formats.pcd import read_pcd
from data.formats.ply import read_ply
from data.formats.points import PointFile, PointLabels
from data.formats.txt import read_txt
from projection.errors import InputError

READERS: dict[str, Callable[[Path], PointFile]] = {
    ".bin": read_bin,
    ".npy": read_npy,
    ".ply": read_ply,
    ".pcd": read_pcd,
    ".npz": read_npz,
    ".txt": read_txt,
}
FOLDER_SUFFIXES = tuple(suffix for suffix in READERS if suffix not in (".txt", ".npz"))
"""Of the files that are scans wherever they lie; text and archives beside scans are mostly something else."""


def read_points(path: Path) -> PointFile:
    """Read a file of points, in whatever format its suffix names.

    Raises:
        InputError: the suffix is unknown, or the file is missing or broken.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: unknown suffix {path.suffix!r}; scans are {', '.join(READERS)} files")
    try:
        return reader(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from None


__all__ = ["FOLDER_SUFFIXES", "READERS", "PointFile", "PointLabels", "read_points"]
