"""What a user hands over to be segmented, as a scan: a scan, a file, or points as other libraries have them."""

from __future__ import annotations

import re
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.formats.points import beam_numbers, from_columns
from data.plausibility import UNIT, IntensityScale
from data.scan import Scan
from data.sources import open_source
from data.sources.files import FileSource, rings_rise
from projection import InputError, Sensor

ScanInput = Scan | str | PathLike[str] | ArrayLike
"""A scan, a file that holds one, or points (N, 3 or 4): x, y, z in metres, and intensity."""

_RANGE = re.compile(r"0\.\.([0-9]{1,9}(?:\.[0-9]{1,9})?)", re.ASCII)


def as_scan(
    given: ScanInput,
    ring: ArrayLike | None = None,
    *,
    sensor: Sensor | None = None,
    intensity: str | None = None,
    copy: bool = True,
) -> Scan:
    """A scan as the network takes it.

    Args:
        given: a Scan; the path of a file that holds one scan; or points (N, 3 or 4), anything that numpy.asarray makes
            numbers of, or a structured array with fields x, y, z and, where known, intensity and ring. Without
            intensities they are 0.
        ring: (N,) whole numbers, the beam of each point, 0 the highest, where it is known; a Scan brings its own. That
            of a file or of a structured array may count upwards too.
        sensor: that recorded a file.
        intensity: their unit, '0..1', '0..255', or another range from 0. Default: left as it is, to be recognised.
        copy: whether the scan has points of its own where `given` is an array, which may then be changed.

    Raises:
        InputError: no scan, several, or points of another shape.
    """
    unit = None if intensity is None else _unit(intensity)
    if isinstance(given, str | PathLike):
        return _only_scan(Path(given), sensor, unit)
    scan = given if isinstance(given, Scan) else _of_array(given, ring, sensor, copy=copy)
    if unit is not None and unit != UNIT:
        points = scan.points.copy()
        unit.apply(points[:, 3])
        scan = replace(scan, points=points)
    return scan


def _only_scan(path: Path, sensor: Sensor | None, unit: IntensityScale | None) -> Scan:
    source = open_source(path, sensor=sensor)
    if isinstance(source, FileSource):
        source.unit = unit
    if len(source) != 1:
        raise InputError(f"{path}: holds {len(source)} scans; go through open_source(path) and segment one by one")
    return source.scan(source.frames[0])


def _of_array(given: ArrayLike, ring: ArrayLike | None, sensor: Sensor | None, *, copy: bool) -> Scan:
    ring = None if ring is None else np.asarray(ring)
    if ring is not None and ring.dtype != np.uint8:
        ring = beam_numbers(Path("ring"), ring)
    if isinstance(given, np.ndarray) and given.dtype == np.float32 and given.ndim == 2 and given.shape[1] == 4:
        return Scan(given.copy() if copy else given, ring=ring)
    try:
        array: NDArray[Any] = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise InputError(f"expected points (N, 3) or (N, 4), got what is no array ({error})") from None
    if names := array.dtype.names:
        array = array.reshape(-1)
        file = from_columns(Path("points"), {name: array[name] for name in names}, len(array))
        beams = file.ring
        if beams is not None and sensor is not None and rings_rise(file) and int(beams.max()) < sensor.beams:
            beams = np.uint8(sensor.beams - 1) - beams  # as Velodyne's drivers count them
        return Scan(file.points, ring=beams if ring is None else ring)
    if array.dtype.kind not in "fiu":
        raise InputError(f"expected points (N, 3) or (N, 4) of numbers, got {array.shape} {array.dtype}")
    if array.ndim != 2 or array.shape[1] not in (3, 4):
        raise InputError(f"expected points (N, 3) or (N, 4), got {array.shape}{_remedy(array.shape)}")
    points = np.zeros((len(array), 4), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        points[:, : array.shape[1]] = array
    return Scan(points, ring=ring)


def _remedy(shape: tuple[int, ...]) -> str:
    if len(shape) == 2 and shape[0] in (3, 4):
        return "; transpose them: points.T"
    if len(shape) == 2 and shape[1] > 4:
        return "; choose x, y, z and intensity, points[:, :4], and give the beams as ring=, or give the file's path"
    if len(shape) == 1 and shape[0] and shape[0] % 4 == 0:
        return "; as numpy.fromfile reads a .bin they need points.reshape(-1, 4), or its path will do"
    return ""


def _unit(text: str) -> IntensityScale:
    """The scale that brings intensities of a unit to 0..1."""
    match = _RANGE.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise InputError(f"intensity {text!r}: must be '0..1', '0..255' or another range from 0")
    return IntensityScale(span=float(match[1]))
