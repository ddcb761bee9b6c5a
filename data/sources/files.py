"""Point files as a source: a folder or a single file, and the base of the data sets that have more."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from data.formats import FOLDER_SUFFIXES, PointFile, PointLabels, read_points
from data.plausibility import NONE, UNIT, IntensityMemory, IntensityScale, intensity_scale
from data.scan import Scan
from data.sources.base import PROBED_FRAMES, Frame, Source, short_name
from data.text_file import read_text
from projection import Sensor
from projection.errors import InputError

_log = logging.getLogger(__name__)

_DRIVE_FRAME = re.compile(r"\d{4}_\d{2}_\d{2}_\d{4}_(\d+)", re.ASCII)
"""A frame's name in SqueezeSeg's lists: date, drive, frame."""


@dataclass(frozen=True)
class Encoding:
    """The units of a source's files, read off its first scan, so that they can't differ between scans.

    intensities: their scale.
    last_ring: the ring number of the highest beam where rings count upwards, as Velodyne's drivers do; -1
        where they count downwards, as we do.
    """

    intensities: IntensityScale
    last_ring: int


class FileSource(Source):
    """Point files, without labels.

    Intensities are brought to 0..1 by the scale of the first scan that tells it; see `data.plausibility`.

    unit: the scale of intensities, where it is not to be recognised.
    """

    unit: IntensityScale | None = None

    def __init__(self, path: Path, files: Sequence[Path] | None = None, sensor: Sensor | None = None) -> None:
        super().__init__(path, path.stem if path.is_file() else path.name, number_frames(files or [path]), sensor)

    def read(self, frame: Frame) -> PointFile:
        """The content of a frame's file. Raises InputError if it can't be read."""
        return read_points(frame.path)

    def scan(self, frame: Frame) -> Scan:
        """Read one frame. Raises InputError if it can't be read, or has no points."""
        file = self.read(frame)
        points, ring = file.points, file.ring
        if not len(points):
            raise InputError(f"{frame.path}: no points in it; copy it again, or leave it out")
        encoding = self._encoding
        intensities = self.unit or encoding.intensities
        if intensities != UNIT:
            points = points if points.flags.writeable else points.copy()
            intensities.apply(points[:, 3])
        if ring is not None and encoding.last_ring >= 0:
            if int(ring.max()) > encoding.last_ring:
                raise InputError(
                    f"{frame.path}: ring {ring.max()}, but sensor {self.base_sensor.name} has "
                    f"{self.base_sensor.beams} beams; choose the sensor that recorded it"
                )
            ring = np.uint8(encoding.last_ring) - ring
        stamp = self.stamp(frame)
        return Scan(points, frame.number, frame.name, file.stamp if stamp is None else stamp, ring)

    def saved_labels(self, frame: Frame) -> PointLabels | None:
        """The labels in the frame's file, where we wrote it."""
        return self.read(frame).labelled

    def stamp(self, frame: Frame) -> float | None:
        """The frame's time in seconds, None where the recording has no clock."""
        return None

    @cached_property
    def _encoding(self) -> Encoding:
        last_ring: int | None = None
        memory = IntensityMemory()
        scale = UNIT
        for frame in self.whole[:PROBED_FRAMES]:
            try:
                file = self.read(frame)
            except InputError:
                continue
            if not len(file.points):
                continue
            if last_ring is None:
                last_ring = self.base_sensor.beams - 1 if rings_rise(file) else -1
            scale = memory.learn(file.points[:, 3])
            if intensity_scale(file.points[:, 3]) is not None:
                break
        # What is no reflectance stays, for those who look at the scan to see.
        return Encoding(UNIT if scale == NONE else scale, -1 if last_ring is None else last_ring)


def rings_rise(file: PointFile) -> bool:
    """True if higher ring numbers look higher up."""
    if file.ring is None:
        return False
    xyz = file.points[:, :3].astype(np.float64)
    good = np.isfinite(xyz).all(axis=1) & (xyz[:, :2] != 0).any(axis=1)
    if not good.any():
        return False
    slope = xyz[good, 2] / np.hypot(xyz[good, 0], xyz[good, 1])
    ring = file.ring[good].astype(np.float64)
    return bool(np.sum((ring - ring.mean()) * (slope - slope.mean())) > 0)


def scan_files(folder: Path, suffixes: Iterable[str] = FOLDER_SUFFIXES) -> list[Path]:
    """The files in `folder` that hold scans, hidden ones aside. Empty where there is no such folder."""
    wanted = set(suffixes)
    try:
        return sorted(p for p in folder.iterdir() if p.suffix.lower() in wanted and not p.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its rights") from None


def number_frames(files: Sequence[Path]) -> list[Frame]:
    """Number files as frames, in order.

    Their numbers come from the names where all are numbers, or all SqueezeSeg's date_drive_frame; else
    they count the files in natural order (2 before 10). Names are the files' stems where these are unique.
    """
    stems = Counter(path.stem for path in files)
    names = {path: short_name(path.stem if stems[path.stem] == 1 else path.name.replace(".", "_")) for path in files}
    if all(re.fullmatch(r"[0-9]{1,18}", path.stem) for path in files):
        frames = [Frame(int(path.stem), names[path], path) for path in files]
        return sorted(frames, key=lambda frame: (frame.number, frame.name))
    drives = [_DRIVE_FRAME.fullmatch(path.stem) for path in files]
    if all(drives):
        frames = [Frame(int(match[1]), names[path], path) for match, path in zip(drives, files, strict=True) if match]
        return sorted(frames, key=lambda frame: frame.name)
    return [Frame(number, names[path], path) for number, path in enumerate(sorted(files, key=_natural))]


def _natural(path: Path) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"([0-9]+)", path.name)
    return tuple((0, int(part), "") if part[:1].isdecimal() and part.isascii() else (1, 0, part) for part in parts)


def read_stamps(path: Path, parse: Callable[[str], float | None]) -> tuple[float | None, ...]:
    """The times in a file, a line each; empty where there is no file, and with a warning where it can't be read."""
    try:
        lines = read_text(path, errors="replace").rstrip().split("\n")  # a line's number is its frame's
    except FileNotFoundError:
        return ()
    except OSError as error:
        _log.warning("%s: no times are read from it (%s); copy it again", path, error.strerror or error)
        return ()
    return tuple(parse(line) for line in lines) if lines != [""] else ()
