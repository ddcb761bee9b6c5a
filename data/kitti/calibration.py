"""KITTI's calibration files: where the camera is, seen from the LiDAR."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.kitti.camera import NOMINAL_SIZE, Camera
from data.text_file import read_lines
from projection.errors import InputError

Matrix = NDArray[np.float64]
IMU_FILE = "calib_imu_to_velo.txt"
RAW_FILES = ("calib_cam_to_cam.txt", "calib_velo_to_cam.txt")


def raw_camera(folder: Path) -> Camera | None:
    """The left colour camera of a KITTI raw date folder, None without calibration files.

    Raises:
        InputError: a file is there and broken.
    """
    camera_path, lidar_path = (folder / name for name in RAW_FILES)
    if not camera_path.is_file() or not lidar_path.is_file():
        return None
    camera, lidar = read_entries(camera_path), read_entries(lidar_path)
    rectified_from_lidar = _square(_matrix(camera, "R_rect_00", (3, 3), camera_path)) @ _square(
        np.column_stack([_matrix(lidar, "R", (3, 3), lidar_path), _matrix(lidar, "T", (3,), lidar_path)])
    )
    size = NOMINAL_SIZE
    if "S_rect_02" in camera:
        width, height = _matrix(camera, "S_rect_02", (2,), camera_path)
        size = (int(width), int(height))
    return Camera(_matrix(camera, "P_rect_02", (3, 4), camera_path) @ rectified_from_lidar, size)


def lidar_from_imu(folder: Path) -> Matrix | None:
    """(4, 4) LiDAR <- IMU of a KITTI raw date folder, float64; None without its file.

    Raises:
        InputError: the file is there and broken.
    """
    path = folder / IMU_FILE
    if not path.is_file():
        return None
    entries = read_entries(path)
    return _square(np.column_stack([_matrix(entries, "R", (3, 3), path), _matrix(entries, "T", (3,), path)]))


def object_calibration(path: Path) -> tuple[Camera, Matrix]:
    """A frame of KITTI's object benchmark: its camera, and (4, 4) rectified camera <- LiDAR, float64.

    Raises:
        InputError: the file is missing or broken.
    """
    entries = read_entries(path)
    rectified_from_lidar = _square(_matrix(entries, "R0_rect", (3, 3), path)) @ _square(
        _matrix(entries, "Tr_velo_to_cam", (3, 4), path)
    )
    if abs(np.linalg.det(rectified_from_lidar)) < 0.5:  # it is a rotation: 1 but for rounding
        raise InputError(f"{path}: R0_rect or Tr_velo_to_cam is no rotation; download the calibration again")
    return Camera(_matrix(entries, "P2", (3, 4), path) @ rectified_from_lidar), rectified_from_lidar


def read_entries(path: Path) -> dict[str, str]:
    """The entries of a calibration file by name, as text: some are dates.

    Raises:
        InputError: the file cannot be read, or is no calibration.
    """
    try:
        lines = read_lines(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no KITTI calibration ({error}); download the calibration again") from None
    if wrong := [line for line in lines if ":" not in line]:
        found = f"no colon in {wrong[0][:40]!r}"
        raise InputError(f"{path}: no KITTI calibration ({found}); download the calibration again")
    return dict(line.split(":", 1) for line in lines)


def _matrix(entries: Mapping[str, str], key: str, shape: tuple[int, ...], path: Path) -> Matrix:
    if key not in entries:
        raise InputError(f"{path}: no entry {key}; download the calibration again")
    try:
        value = np.array([float(number) for number in entries[key].split()])
    except ValueError as error:
        raise InputError(f"{path}: no KITTI calibration ({key}: {error}); download the calibration again") from None
    if value.size != np.prod(shape) or not np.all(np.isfinite(value)):
        raise InputError(f"{path}: {key} needs {np.prod(shape)} numbers, got {value.size}")
    return value.reshape(shape)


def _square(matrix: Matrix) -> Matrix:
    """(3, 3) or (3, 4) -> (4, 4) homogeneous."""
    square = np.eye(4)
    square[:3, : matrix.shape[1]] = matrix
    return square
