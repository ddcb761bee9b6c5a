"""KITTI's calibration files: where the camera is, seen from the LiDAR."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.kitti.camera import NOMINAL_SIZE, Camera
from projection.errors import InputError

Matrix = NDArray[np.float64]
RAW_FILES = ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt")


def raw_camera(folder: Path) -> Camera | None:
    """The left colour camera of a KITTI raw date folder, None without calibration files.

    Raises:
        InputError: a file is there and broken.
    """
    camera_path, lidar_path = (folder / name for name in RAW_FILES)
    if not camera_path.is_file() or not lidar_path.is_file():
        return None
    camera, lidar = _read_raw(camera_path), _read_raw(lidar_path)
    rectified_from_lidar = _square(_matrix(camera, "R_rect_00", (3, 3), camera_path)) @ _square(
        np.column_stack([_matrix(lidar, "R", (3, 3), lidar_path), _matrix(lidar, "T", (3,), lidar_path)])
    )
    size = NOMINAL_SIZE
    if "S_rect_02" in camera:
        width, height = _matrix(camera, "S_rect_02", (2,), camera_path)
        size = (int(width), int(height))
    return Camera(_matrix(camera, "P_rect_02", (3, 4), camera_path) @ rectified_from_lidar, size)


def object_calibration(path: Path) -> tuple[Camera, Matrix]:
    """A frame of KITTI's object benchmark: its camera, and (4, 4) rectified camera <- LiDAR, float64.

    Raises:
        InputError: the file is missing or broken.
    """
    values = _read_object(path)
    rectified_from_lidar = _square(_matrix(values, "R0_rect", (3, 3), path)) @ _square(
        _matrix(values, "Tr_velo_to_cam", (3, 4), path)
    )
    if abs(np.linalg.det(rectified_from_lidar)) < 0.5:  # it is a rotation: 1 but for rounding
        raise InputError(f"{path}: R0_rect or Tr_velo_to_cam is no rotation; download the calibration again")
    return Camera(_matrix(values, "P2", (3, 4), path) @ rectified_from_lidar), rectified_from_lidar


def _read_raw(path: Path) -> Mapping[str, Matrix]:
    import pykitti.utils  # brings OpenCV along

    try:
        values: Mapping[str, Matrix] = pykitti.utils.read_calib_file(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no KITTI calibration ({error}); download the date's calibration again") from None
    return values


def _read_object(path: Path) -> Mapping[str, Matrix]:
    # Not pykitti's reader: these files end with an empty line, on which it stumbles.
    try:
        lines = path.read_text().splitlines()
        pairs = (line.split(":", 1) for line in lines if line.strip())
        return {key: np.array([float(number) for number in text.split()]) for key, text in pairs}
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no KITTI calibration ({error}); download the calibration again") from None


def _matrix(values: Mapping[str, Matrix], key: str, shape: tuple[int, ...], path: Path) -> Matrix:
    if key not in values:
        raise InputError(f"{path}: no entry {key}; download the calibration again")
    value = values[key]
    if value.size != np.prod(shape) or not np.all(np.isfinite(value)):
        raise InputError(f"{path}: {key} needs {np.prod(shape)} numbers, got {value.size}")
    return value.reshape(shape)


def _square(matrix: Matrix) -> Matrix:
    """(3, 3) or (3, 4) -> (4, 4) homogeneous."""
    square = np.eye(4)
    square[:3, : matrix.shape[1]] = matrix
    return square
