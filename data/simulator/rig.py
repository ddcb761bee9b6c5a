"""The calibration files of a simulated rig: nominal numbers in KITTI raw's format."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.kitti.camera import Camera

# Where the camera and the inertial unit sit: p_camera = R p_velodyne + T, p_velodyne = p_imu + T.
VELO_TO_CAM_R = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
VELO_TO_CAM_T = np.array([0.0, -0.08, -0.27])
IMU_TO_VELO_T = np.array([-0.80, 0.30, -0.80])

IMAGE = (1242, 375)
FOCAL, CENTRE_X, CENTRE_Y = 721.5, 609.5, 173.0
INTRINSIC = np.array([[FOCAL, 0, CENTRE_X], [0, FOCAL, CENTRE_Y], [0, 0, 1]])
BASELINES = (0.0, 0.54, -0.06, 0.48)
"""Metres that cameras 0 to 3 sit to the right of camera 0."""

_TIME = "calib_time: 26-Sep-2011 00:00:00"


def _row(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.6e}" for value in values.reshape(-1))


def _projection(baseline: float) -> NDArray[np.float64]:
    """(3, 4), of the camera so far to the right of camera 0."""
    return np.column_stack([INTRINSIC, INTRINSIC @ (-baseline, 0.0, 0.0)])


def camera() -> Camera:
    """The left colour camera, number 2."""
    return Camera(_projection(BASELINES[2]) @ rectified_from_lidar(), IMAGE)


def rectified_from_lidar() -> NDArray[np.float64]:
    """(4, 4) rectified camera 0 <- LiDAR."""
    matrix = np.eye(4)
    matrix[:3] = np.column_stack([VELO_TO_CAM_R, VELO_TO_CAM_T])
    return matrix


def object_calibration() -> str:
    """The calibration file of each frame, as KITTI's object benchmark has it."""
    values = {f"P{number}": _projection(baseline) for number, baseline in enumerate(BASELINES)}
    values["R0_rect"] = np.eye(3)
    values["Tr_velo_to_cam"] = rectified_from_lidar()[:3]
    values["Tr_imu_to_velo"] = np.column_stack([np.eye(3), IMU_TO_VELO_T])
    return "".join(f"{name}: {_row(value)}\n" for name, value in values.items())


def calibration() -> dict[str, str]:
    """The rig's calibration files: text by file name."""
    lines = [_TIME, "corner_dist: 9.950000e-02"]
    for number, baseline in enumerate(BASELINES):
        shift = np.array([-baseline, 0.0, 0.0])
        values = {
            "S": np.array(IMAGE, np.float64),
            "K": INTRINSIC,
            "D": np.zeros(5),
            "R": np.eye(3),
            "T": shift,
            "S_rect": np.array(IMAGE, np.float64),
            "R_rect": np.eye(3),
            "P_rect": _projection(baseline),
        }
        lines += [f"{name}_{number:02d}: {_row(value)}" for name, value in values.items()]
    velo = [_TIME, f"R: {_row(VELO_TO_CAM_R)}", f"T: {_row(VELO_TO_CAM_T)}"]
    velo += [f"delta_f: {_row(np.zeros(2))}", f"delta_c: {_row(np.zeros(2))}"]
    imu = [_TIME, f"R: {_row(np.eye(3))}", f"T: {_row(IMU_TO_VELO_T)}"]
    return {
        name: "\n".join(content) + "\n"
        for name, content in (
            ("calib_cam_to_cam.txt", lines),
            ("calib_velo_to_cam.txt", velo),
            ("calib_imu_to_velo.txt", imu),
        )
    }
