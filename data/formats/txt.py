"""Points as text, a line each: x, y, z, reflectance, as KITTI raw's drives that are not synchronised have them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from data.formats.points import PointFile
from data.text_file import read_text
from projection.errors import InputError

MAX_BYTES = 256 << 20


def read_txt(path: Path) -> PointFile:
    """Read x, y, z and, where there is one, the intensity of each line; further numbers are left aside.

    Raises:
        InputError: a line holds anything but numbers, or another count than the first one.
        OSError: it can't be read, or is larger than 256 MiB.
    """
    try:
        text = read_text(path, most=MAX_BYTES)
        rows = np.loadtxt(io.StringIO(text), np.float32, ndmin=2) if text.strip() else np.zeros((0, 4), np.float32)
        if rows.shape[1] < 3:
            raise ValueError(f"{rows.shape[1]} numbers a line")
    except ValueError as error:
        reason = " ".join(str(error).split()).partition(";")[0]
        raise InputError(f"{path}: no points as text ({reason}); each line has x y z reflectance") from None
    points = np.zeros((len(rows), 4), np.float32)
    points[:, : rows.shape[1]] = rows[:, :4]
    return PointFile(points)
