"""KITTI's .bin: x, y, z, reflectance as little-endian float32, nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.formats.points import PointFile
from projection.errors import InputError

POINT_BYTES = 16


def read_bin(path: Path) -> PointFile:
    """Read KITTI's .bin. Raises InputError if the size is not a whole number of points."""
    size = path.stat().st_size
    if size % POINT_BYTES:
        raise InputError(
            f"{path}: {size} bytes are no multiple of {POINT_BYTES}, so the file is cut short or holds no "
            "float32 x y z intensity; copy it again"
        )
    return PointFile(np.fromfile(path, "<f4").astype(np.float32, copy=False).reshape(-1, 4))
