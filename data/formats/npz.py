""".npz, NumPy's archive: a scan that we wrote, with all of its labels, or a single array of points."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from data.formats.npy import points_of
from data.formats.points import PointFile, beam_numbers, point_labels
from data.regular_file import open_regular
from projection.errors import InputError

MAX_BYTES = 1 << 28
"""Of an array: some 16 million points. A small archive may hold terabytes of zeros."""
_MAX_MEMBERS = 100
_LABELS = {"labels": "label", "confidence": "confidence", "instances": "instance"}
"""Our arrays, and the fields that they are in other formats."""


def read_npz(path: Path) -> PointFile:
    """Read the arrays points, ring, stamp, labels, confidence and instances; of another archive its only array.

    Nothing is unpickled.

    Raises:
        InputError: damaged, too large, or without points.
    """
    try:
        with open_regular(path) as opened, zipfile.ZipFile(opened) as archive:
            arrays = _arrays(archive)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: no .npz file of numbers ({reason}); save it again with numpy.savez") from None
    if "points" not in arrays and len(arrays) != 1:
        names = ", ".join(list(arrays)[:5]) or "none"
        raise InputError(f"{path}: no array 'points' among its arrays ({names}); save it with points=(N, 4)")
    file = points_of(path, arrays.get("points", next(iter(arrays.values()))))
    count = len(file.points)
    for name in ("ring", *_LABELS):
        if name in arrays and arrays[name].shape != (count,):
            raise InputError(f"{path}: {name} of {arrays[name].shape}, but {count} points; save it again")
    ring = beam_numbers(path, arrays["ring"]) if "ring" in arrays else file.ring
    stamp = float(arrays["stamp"]) if "stamp" in arrays and arrays["stamp"].shape == () else None
    ours = {field: arrays[name] for name, field in _LABELS.items() if name in arrays}
    # Others have arrays called labels too; they don't number and name the frame.
    labelled = point_labels(path, ours) if {"labels", "points", "frame"} <= arrays.keys() else None
    return PointFile(file.points, ring, stamp, labelled)


def _arrays(archive: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    """The arrays of numbers by name. Raises ValueError, and what zipfile raises, for those that can't be read."""
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise ValueError(f"{len(members)} arrays")
    arrays: dict[str, NDArray[Any]] = {}
    for member in members:
        name, is_array, _ = member.filename.rpartition(".npy")
        if not is_array:
            continue
        if member.file_size > MAX_BYTES:
            raise ValueError(f"{name} of {member.file_size:,} bytes")
        with archive.open(member) as file:
            try:
                version = npy_format.read_magic(file)
                read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
                shape, fortran, dtype = read(file)
            except (zipfile.BadZipFile, OSError):
                raise
            except Exception:  # a header is a Python expression, and may be damaged in any way
                raise ValueError(f"{name} is damaged") from None
            if dtype.hasobject or (dtype.kind not in "fiu" and not dtype.names):
                continue
            size = math.prod(shape) * dtype.itemsize
            if min(shape, default=1) < 0 or size > MAX_BYTES:
                raise ValueError(f"{name} of {shape}")
            data = file.read(size + 1)
            if len(data) != size:
                raise ValueError(f"{name} is cut short")
            array = np.frombuffer(data, dtype)
            arrays[name] = array.reshape(shape, order="F" if fortran else "C")
    return arrays
