"""Points as a file has them, in the file's own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

INTENSITY_NAMES = ("intensity", "reflectance", "reflectivity", "i", "scalar_intensity")
RING_NAMES = ("ring", "channel")


@dataclass(frozen=True, eq=False)
class PointFile:
    """The content of a point file.

    points: (N, 4) float32: x, y, z in metres and intensity in the file's own unit, 0 where it has none.
    ring: (N,) uint8 as the file counts it, or None where it has none.
    """

    points: NDArray[np.float32]
    ring: NDArray[np.uint8] | None = None


def from_columns(path: Path, columns: Mapping[str, NDArray[np.generic]], count: int) -> PointFile:
    """Make points of named columns of `count` numbers, as PLY and PCD have them.

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
    return PointFile(points, ring)


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
