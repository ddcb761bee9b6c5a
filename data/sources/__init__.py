"""Sources of recorded scans, one file per format; `open_source` picks one by looking."""

from __future__ import annotations

from pathlib import Path

from data.formats import READERS
from data.sources.base import Frame, Source
from data.sources.files import FileSource, scan_files
from data.sources.kitti_object import KittiObject
from data.sources.kitti_raw import SCANS, KittiRaw
from projection import Sensor
from projection.errors import InputError


def open_source(anything: str | Path, *, sensor: Sensor | None = None) -> Source:
    """Open a recording, whatever its layout.

    Args:
        anything: a file or folder: a KITTI raw drive, KITTI object, a folder of point files or one such file.
        sensor: that recorded it, where it is not the one that the layout implies.

    Raises:
        InputError: nothing there, or nothing that we know.
    """
    path = Path(anything)
    if path.is_file():
        if path.suffix.lower() not in READERS:
            raise InputError(f"{path}: unknown suffix {path.suffix!r}; scans are {', '.join(READERS)} files")
        return FileSource(path, sensor=sensor)
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder; check the path")
    if (path / SCANS).is_dir():
        return KittiRaw(path, sensor)
    for folder in (path, path / "training", path / "testing"):
        if (folder / "velodyne").is_dir():
            return KittiObject(folder, sensor)
    if files := scan_files(path):
        return FileSource(path, files, sensor)
    raise InputError(f"{path}: no scans; looked for velodyne_points/data and {', '.join(READERS)} files")


__all__ = ["Frame", "Source", "open_source"]
