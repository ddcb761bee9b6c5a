"""Captures and bags as recordings: decoded once into a temporary file, and then any scan at any time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.live.source import LiveSource
from data.scan import Scan
from data.sources import Frame, Source
from projection.errors import InputError

RESERVE = 256 << 20
"""Bytes of the temporary folder's disk that are left free."""
_SCANS_BETWEEN_LOOKS = 16


@dataclass(frozen=True)
class _Place:
    """Where a scan lies in the file: (N, 4) float32 points, then (N,) uint8 rings if it has any."""

    offset: int
    points: int
    rings: bool
    stamp: float | None


class SpooledSource(Source):
    """The scans of a capture or a bag, in a temporary file that goes with the process.

    Takes 17 bytes a point of disk, a few dozen a scan of memory. Scans may be read from any thread.

    stamps: of each scan by its number, in seconds since the epoch.

    Raises:
        InputError: the stream can't be read, has no scan, or the disk of the temporary folder is full.
    """

    def __init__(self, path: Path, stream: LiveSource, told: Callable[[int], None] = lambda _: None) -> None:
        """Decode the stream, which is then closed. told: gets the number of scans, after each."""
        self._places: dict[str, _Place] = {}
        self._spool = tempfile.TemporaryFile(prefix="squeezeseg-", buffering=0)  # noqa: SIM115 - as long as the source
        frames: list[Frame] = []
        with closing(stream):
            for scan in stream.scans():
                self._append(path, scan)
                frames.append(Frame(scan.frame, scan.name, path))
                told(len(frames))
        if not frames or stream.sensor is None:
            came = ", ".join(f"{number:,} {what}" for what, number in stream.counters.items() if number) or "nothing"
            raise InputError(
                f"{path}: no scan came of {came}; is it a recording of a Velodyne, an Ouster or of PointCloud2?"
            )
        super().__init__(path, path.name, frames, stream.sensor)
        by_number = {frame.number: self._places[frame.name].stamp for frame in frames}
        self.stamps = tuple(by_number.get(number) for number in range(frames[-1].number + 1))

    def scan(self, frame: Frame) -> Scan:
        """Read one scan."""
        place = self._places[frame.name]
        size = place.points * (17 if place.rings else 16)
        data = os.pread(self._spool.fileno(), size, place.offset)
        if len(data) != size:
            raise InputError(f"{frame.path}: scan {frame.name} is missing in the temporary file; start again")
        points = np.frombuffer(data, np.float32, place.points * 4).reshape(-1, 4).copy()
        ring = np.frombuffer(data, np.uint8, offset=place.points * 16).copy() if place.rings else None
        return Scan(points, frame.number, frame.name, place.stamp, ring)

    def _append(self, path: Path, scan: Scan) -> None:
        folder = tempfile.gettempdir()
        offset = self._spool.tell()
        data = np.ascontiguousarray(scan.points).tobytes() + (b"" if scan.ring is None else scan.ring.tobytes())
        try:
            if len(self._places) % _SCANS_BETWEEN_LOOKS == 0 and shutil.disk_usage(folder).free < RESERVE + len(data):
                raise OSError("it is nearly full")
            written = 0
            while written < len(data):
                written += self._spool.write(memoryview(data)[written:])
        except OSError as error:
            raise InputError(
                f"{path}: its scans don't fit into {folder} ({error.strerror or error}); make TMPDIR a folder with room"
            ) from None
        self._places[scan.name] = _Place(offset, len(scan), scan.ring is not None, scan.stamp)
