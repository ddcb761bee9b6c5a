"""Small recordings, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.kitti.tracklets import Tracklet, write_tracklets

# A camera of 700 pixels' focal length in the LiDAR's place, looking ahead: x right is -y, y down is -z.
CAM_TO_CAM = """calib_time: 09-Jan-2012 13:57:47
S_rect_02: 1.242000e+03 3.750000e+02
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 700 0 621 0 0 700 187.5 0 0 0 1 0
"""
VELO_TO_CAM = """calib_time: 15-Mar-2012 11:37:16
R: 0 -1 0 0 0 -1 1 0 0
T: 0 0 0
"""
OBJECT_CALIB = """P2: 700 0 621 0 0 700 187.5 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0

"""


def make_points(count: int = 64, seed: int = 0) -> NDArray[np.float32]:
    """(count, 4) float32: points all around, 2 to 40 m away, reflectance 0..1."""
    rng = np.random.default_rng(seed)
    azimuth, away = rng.uniform(-np.pi, np.pi, count), rng.uniform(2, 40, count)
    columns = [away * np.cos(azimuth), away * np.sin(azimuth), rng.uniform(-2, 1, count), rng.uniform(0, 1, count)]
    return np.stack(columns, axis=1).astype(np.float32)


def write_calibration(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calib_cam_to_cam.txt").write_text(CAM_TO_CAM)
    (folder / "calib_velo_to_cam.txt").write_text(VELO_TO_CAM)


DriveMaker = Callable[..., Path]


@pytest.fixture
def make_drive(tmp_path: Path) -> DriveMaker:
    """A KITTI raw drive below tmp_path, with calibration and, if given, tracklets."""

    def make(
        numbers: Iterable[int] = range(3),
        name: str = "2011_09_26_drive_0009_sync",
        tracklets: list[Tracklet] | None = None,
        points: NDArray[np.float32] | None = None,
    ) -> Path:
        date = tmp_path / "2011_09_26"
        write_calibration(date)
        scans = date / name / "velodyne_points" / "data"
        scans.mkdir(parents=True)
        for number in numbers:
            (make_points(seed=number) if points is None else points).tofile(scans / f"{number:010d}.bin")
        if tracklets is not None:
            write_tracklets(date / name / "tracklet_labels.xml", tracklets)
        return date / name

    return make


@pytest.fixture
def make_object(tmp_path: Path) -> Callable[..., Path]:
    """A frame of KITTI's object benchmark, 000007, below tmp_path/object/training; its root."""

    def make(points: NDArray[np.float32], label: str | None = None) -> Path:
        folder = tmp_path / "object" / "training"
        for name in ("velodyne", "calib", "label_2"):
            (folder / name).mkdir(parents=True)
        points.tofile(folder / "velodyne" / "000007.bin")
        (folder / "calib" / "000007.txt").write_text(OBJECT_CALIB)
        if label is not None:
            (folder / "label_2" / "000007.txt").write_text(label)
        return tmp_path / "object"

    return make


@pytest.fixture
def make_sequence(tmp_path: Path) -> Callable[..., Path]:
    """A sequence of SemanticKITTI below tmp_path/semantic/sequences."""

    def make(numbers: Iterable[int] = range(3), name: str = "00", labels: Iterable[int] | None = None) -> Path:
        folder = tmp_path / "semantic" / "sequences" / name
        (folder / "velodyne").mkdir(parents=True)
        for number in numbers:
            make_points(seed=number).tofile(folder / "velodyne" / f"{number:06d}.bin")
            if labels is not None:
                (folder / "labels").mkdir(exist_ok=True)
                np.array(list(labels), np.uint32).tofile(folder / "labels" / f"{number:06d}.label")
        return folder

    return make
