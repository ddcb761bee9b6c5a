"""The left colour camera: KITTI's boxes exist only inside its image."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.regular_file import open_regular
from projection.errors import InputError

NOMINAL_SIZE = (1242, 375)
"""Width and height of most of KITTI's rectified images."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, eq=False)
class Camera:
    """A rectified camera beside the LiDAR.

    matrix: (3, 4) float64, homogeneous points of the LiDAR's frame (metres) -> homogeneous pixels.
    size: (width, height) of the image in pixels.
    """

    matrix: NDArray[np.float64]
    size: tuple[int, int] = NOMINAL_SIZE

    def __post_init__(self) -> None:
        if self.matrix.shape != (3, 4) or not np.all(np.isfinite(self.matrix)):
            raise InputError(f"camera: expected a finite (3, 4) matrix, got {self.matrix.shape}")

    def pixels(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """Project points to the image: (N, 3 or more) -> (N, 2) column and row, NaN behind the camera."""
        with np.errstate(all="ignore"):
            image = points[:, :3].astype(np.float64) @ self.matrix[:, :3].T + self.matrix[:, 3]
            return np.where(image[:, 2:] > 0, image[:, :2] / image[:, 2:], np.nan)

    def inside(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Mask of the points in front of the camera and inside its image: (N, 3 or more) -> (N,)."""
        return inside_rectangle(self.pixels(points), (0, 0, *self.size))


def inside_rectangle(pixels: NDArray[np.float64], rectangle: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Mask of the pixels (N, 2) within left, top (included), right, bottom (excluded)."""
    left, top, right, bottom = rectangle
    column, row = pixels[:, 0], pixels[:, 1]
    return np.asarray((column >= left) & (column < right) & (row >= top) & (row < bottom))


def png_size(path: Path) -> tuple[int, int] | None:
    """(width, height) from a PNG file's header, None where there is no such file or no such header."""
    try:
        with open_regular(path) as file:
            head = file.read(24)
    except OSError:
        return None
    if len(head) < 24 or head[:8] != _PNG_SIGNATURE or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return (width, height) if width and height else None
