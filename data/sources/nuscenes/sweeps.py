"""nuScenes' sweeps: .pcd.bin of a Velodyne HDL-32E, whose axes point otherwise than ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.formats import PointFile
from data.formats.bin import read_bin
from data.scan import Scan
from data.sources.base import Frame, short_name
from data.sources.files import FileSource
from projection import PRESETS, Sensor
from projection.errors import InputError

SUFFIX = ".pcd.bin"
FOLDERS = (Path("samples", "LIDAR_TOP"), Path("LIDAR_TOP"), Path("sweeps", "LIDAR_TOP"))
"""Where a data set, or a part of it, has its scans: key frames first."""
COLUMNS = 1024
"""It turns 20 times a second, half as many as the preset has."""
HEIGHT = 1.84
"""Metres of the sensor above the ground."""
TURNED = np.array([[0.0, -1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""(4, 4): the files' frame (x to the right, y ahead) <- ours."""


class NuScenes(FileSource):
    """A folder of sweeps, or one of them.

    Points are turned to x forward, y left: in the files x points right and y ahead (Caesar et al., CVPR 2020, fig. 4).
    """

    base_sensor = replace(PRESETS["hdl32"], columns=COLUMNS, height=HEIGHT)

    def __init__(self, path: Path, files: Sequence[Path], sensor: Sensor | None = None) -> None:
        super().__init__(path, files, sensor)
        frames = [replace(frame, name=short_name(frame.path.name.removesuffix(SUFFIX))) for frame in self.frames]
        self.frames = self.whole = tuple(frames)
        self.name = self.name.removesuffix(".pcd")

    def read(self, frame: Frame) -> PointFile:
        """The content of a frame's file. Raises InputError if it can't be read."""
        try:
            return read_bin(frame.path, rings=True)
        except OSError as error:
            raise InputError(f"{frame.path}: cannot be read ({error.strerror or error}); check the path") from None

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Raises InputError if it can't be read, or has no points."""
        scan = super().scan(frame)
        points = np.ascontiguousarray(scan.points[:, [1, 0, 2, 3]])
        points[:, 1] *= -1
        return replace(scan, points=points)


def is_nuscenes(files: Sequence[Path]) -> bool:
    """True if all of these files are nuScenes' sweeps."""
    return bool(files) and all(file.name.endswith(SUFFIX) for file in files)
