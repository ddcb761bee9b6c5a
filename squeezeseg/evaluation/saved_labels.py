"""Labels that `squeezeseg segment` or `SegmentedScan.save` wrote, read by the names of frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.formats import PointLabels, read_points
from data.formats.label import read_labels, read_object_ids
from data.scan import Scan
from data.segmentation import Segmentation
from data.sources import Frame
from projection import InputError, Sensor, project

LABELS = ".label"
CLOUDS = (".npz", ".ply", ".pcd")
"""Suffixes of files that hold points and labels."""


def holds_labels(folder: Path) -> bool:
    """True if there are files in it that may hold labels."""
    return folder.is_dir() and any(file.suffix.lower() in (LABELS, *CLOUDS) for file in folder.iterdir())


def saved_labels(folder: Path, sensor: Sensor, *, objects: bool | None = None) -> Callable[[Frame, Scan], Segmentation]:
    """A reader of the labels in `folder`, a file per frame's name: .label, or .npz, .ply or .pcd.

    Raises InputError, when a frame is asked for, if its file is missing, of another length than its scan, or holds no
    labels of ours.

    sensor: with the view that was labelled. objects: whether objects were told apart; None: if the file has any.
    """

    def read(frame: Frame, scan: Scan) -> Segmentation:
        found = _found(folder, frame, len(scan))
        told_apart = found.instances is not None and found.instances.any() if objects is None else objects
        image = project(scan.points, sensor, scan.ring)
        return Segmentation(found.labels, image, found.confidence, found.instances if told_apart else None)

    return read


def _found(folder: Path, frame: Frame, points: int) -> PointLabels:
    path = folder / f"{frame.name}{LABELS}"
    if path.is_file():
        return PointLabels(read_labels(path, points), instances=read_object_ids(path, points))
    cloud = next((file for suffix in CLOUDS if (file := path.with_suffix(suffix)).is_file()), None)
    if cloud is None:
        raise InputError(f"{path}: no prediction for this frame; run 'squeezeseg segment' on the same frames")
    found = read_points(cloud).labelled
    if found is None:
        raise InputError(f"{cloud}: holds no labels of ours; give files that 'squeezeseg segment' wrote")
    if len(found.labels) != points:
        raise InputError(f"{cloud}: labels of {len(found.labels)} points, but the scan has {points}")
    return found
