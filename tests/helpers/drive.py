"""A small recording with a car in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.kitti.tracklets import Tracklet, write_tracklets

# A camera of 700 pixels' focal length in the LiDAR's place, looking ahead.
CALIBRATION = {
    "calib_cam_to_cam.txt": """S_rect_02: 1242 375
R_rect_00: 1 0 0 0 1 0 0 0 1
P_rect_02: 700 0 621 0 0 700 187 0 0 0 1 0
""",
    "calib_velo_to_cam.txt": """R: 0 -1 0 0 0 -1 1 0 0
T: 0 0 0
""",
}


def street(seed: int) -> np.ndarray:
    """(N, 4) float32: dull ground all around, and a shiny car 12 m ahead of which a tenth is dull.

    Stored as KITTI's are, in 64 beams, the highest first.
    """
    rng = np.random.default_rng(seed)
    azimuth, away = rng.uniform(-np.pi, np.pi, 3000), rng.uniform(4, 60, 3000)
    height = np.where(away > 30, rng.uniform(-1.7, 1, 3000), -1.7)  # walls beyond 30 m
    ground = np.stack([away * np.cos(azimuth), away * np.sin(azimuth), height, rng.uniform(0, 0.45, 3000)], axis=1)
    shine = np.where(rng.random(300) < 0.9, 0.9, 0.1)
    car = np.stack([rng.uniform(11, 13, 300), rng.uniform(-0.8, 0.8, 300), rng.uniform(-1.5, -0.2, 300), shine], axis=1)
    points = np.concatenate([ground, car])
    slope = points[:, 2] / np.hypot(points[:, 0], points[:, 1])
    beam = np.argsort(np.argsort(-slope)) * 64 // len(points)
    return points[np.lexsort((np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi), beam))].astype(np.float32)


def write_drive(folder: Path, frames: int = 3) -> Path:
    """A KITTI raw drive below `folder`, with calibration and tracklets."""
    drive = folder / "2011_09_26" / "2011_09_26_drive_0009_sync"
    scans = drive / "velodyne_points" / "data"
    scans.mkdir(parents=True)
    for name, text in CALIBRATION.items():
        (drive.parent / name).write_text(text)
    for number in range(frames):
        street(number).tofile(scans / f"{number:010d}.bin")
    poses = np.tile([12.0, 0.0, -1.6, 0.0], (frames, 1))
    write_tracklets(drive / "tracklet_labels.xml", [Tracklet("Car", (2.4, 2.0, 1.8), 0, poses)])
    return drive


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder, with their content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
