"""Points as a file has them, in the file's own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.cloud_header import is_ours, stamp_of
from data.labels import CLASSES, IGNORE
from projection.errors import InputError

INTENSITY_NAMES = ("intensity", "reflectance", "reflectivity", "i", "intensities", "scalar_intensity")
RING_NAMES = ("ring", "channel", "laser_id", "ring_id", "laser_number", "laserid", "line", "scan_id")
"""As Velodyne's, Ouster's, Hesai's and RoboSense's drivers, Nebula and Livox' call them; the first that a file has."""


@dataclass(frozen=True, eq=False)
class PointLabels:
    """Labels that we wrote into a point file: classes (N,) uint8, and where they were known confidence and objects.

    The fields are those of `data.segmentation.Segmentation`.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32] | None = None
    instances: NDArray[np.uint16] | None = None


@dataclass(frozen=True, eq=False)
class PointFile:
    """The content of a point file.

    points: (N, 4) float32: x, y, z in metres and intensity in the file's own unit, 0 where it has none.
    ring: (N,) uint8 as the file counts it, or None where it has none.
    stamp: of the scan, seconds since the epoch, or None. labelled: the labels of a file that we wrote.
    """

    points: NDArray[np.float32]
    ring: NDArray[np.uint8] | None = None
    stamp: float | None = None
    labelled: PointLabels | None = None


def from_columns(
    path: Path, columns: Mapping[str, NDArray[np.generic]], count: int, comments: Sequence[str] = ()
) -> PointFile:
    """Make points of named columns of `count` numbers, as PLY and PCD have them.

    comments: of the file, which tell whether it is ours.

    Raises:
        InputError: x, y or z is absent, or the ring field has numbers that are no beam's.
    """
    by_name = {name.lower(): column for name, column in columns.items()}
    if missing := [axis for axis in "xyz" if axis not in by_name]:
        raise InputError(f"{path}: no field {', '.join(missing)}; a scan needs x, y and z")
    points = np.zeros((count, 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for axis, name in enumerate("xyz"):
            points[:, axis] = by_name[name]
        if intensity := _first(by_name, INTENSITY_NAMES):
            points[:, 3] = by_name[intensity]
    ring = None
    if name := _first(by_name, RING_NAMES):
        # Where there is no return, drivers write whatever they like, such as 65535.
        returned = np.isfinite(points[:, :3]).all(axis=1) & points[:, :3].any(axis=1)
        ring = beam_numbers(path, np.where(returned, by_name[name], 0))
    labels = point_labels(path, by_name) if is_ours(comments) and "label" in by_name else None
    return PointFile(points, ring, stamp_of(comments), labels)


def point_labels(path: Path, columns: Mapping[str, NDArray[np.generic]]) -> PointLabels:
    """The labels in the columns label, confidence and instance of a file that we wrote.

    Raises:
        InputError: they are none of ours.
    """
    labels, confidence, instances = (columns.get(name) for name in ("label", "confidence", "instance"))
    assert labels is not None
    if not np.all(np.isin(labels, (*range(len(CLASSES)), IGNORE))):
        raise InputError(f"{path}: has labels that are no class of ours; write it again, or drop the field")
    if confidence is not None and np.all(np.isnan(confidence.astype(np.float32))):
        confidence = None
    if instances is not None and not instances.any():
        instances = None
    return PointLabels(
        labels.astype(np.uint8),
        None if confidence is None else confidence.astype(np.float32),
        None if instances is None else instances.astype(np.uint16),
    )


def _first(columns: Mapping[str, NDArray[np.generic]], names: Sequence[str]) -> str:
    return next((name for name in names if name in columns), "")


def are_beam_numbers(numbers: NDArray[np.floating]) -> bool:
    """True for whole numbers from 0 to 254."""
    return bool(np.all((numbers >= 0) & (numbers < 255) & (numbers % 1 == 0)))


def beam_numbers(path: Path, ring: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Rings as (N,) uint8. Raises InputError for numbers that are no beam's."""
    numbers = ring.astype(np.float64)
    if not are_beam_numbers(numbers):
        raise InputError(f"{path}: the ring field must hold beam numbers from 0 to 254; drop it or mend it")
    return numbers.astype(np.uint8)
