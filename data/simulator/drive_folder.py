"""A simulated drive on disk, in KITTI raw's layout."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from data.kitti.tracklets import FILE_NAME, from_boxes, write_tracklets
from data.sensor_conditions import PLAIN, Conditions
from data.simulator.drive import VERSION, Drive, SimulatedFrame, WholeStreet
from data.simulator.finished import is_finished, mark_begun, mark_finished, write
from data.simulator.rig import IMU_TO_VELO_T, calibration
from data.simulator.sensor.embree import load_embree
from data.simulator.sensor.mount import Blind, mount_of
from projection.errors import InputError
from projection.sensors import Sensor

DATE = "2011_09_26"
_START = datetime(2011, 9, 26, 12, 0, 0, tzinfo=UTC)
_LATITUDE, _LONGITUDE, _EARTH = 49.0, 8.4, 6378137.0

Spread: TypeAlias = Callable[[Callable[[int], WholeStreet], Sequence[int]], Iterable[WholeStreet]]
"""Has a function called with each of some numbers, wherever that is, and gives the results in their order."""


def simulate(
    out: Path,
    frames: int = 20,
    seed: int = 0,
    scene_per: int = 20,
    interval: float = 0.1,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 0,
    workers: int = 1,
    spread: Spread | None = None,
    sensor: Sensor | None = None,
    blind: Blind | None = None,
    conditions: Conditions = PLAIN,
) -> Path:
    """Write a drive in KITTI raw's layout: scans, oxts, timestamps, calibration, tracklets.

    `simulation.json` in the drive's folder is written last: a folder without it was interrupted and is written
    anew; one with the same settings is finished and left alone.

    Args:
        out: folder that gets `2011_09_26/2011_09_26_drive_NNNN_sync`, NNNN being the seed's last four digits.
        frames: how many.
        seed: of everything random; the same arguments give the same bytes on the same machine.
        scene_per: frames after which another street begins.
        interval: seconds between frames.
        progress: called with (frames done, frames in all).
        threads: as of `Drive`.
        workers: as of `Drive`.
        spread: simulates the streets in other processes, which write their scans to the folder.
        sensor: whose scans they are, all around; None: KITTI's HDL-64E on its car. `open_source` takes it from the
            drive.
        blind: parts of its turn that see the car that carries it, see `data.simulator.sensor.mount`.
        conditions: of the sensor, if there is one: tilt, range, noise.

    Returns:
        The drive's folder.

    Raises:
        InputError: `out` cannot be written, or holds another drive of that number.
    """
    mount = mount_of(sensor, blind, conditions)
    drive = Drive(seed, frames, scene_per, interval, threads if spread is None else 1, workers, mount)
    counts = {"frames": frames, "scene_per": scene_per, "interval": interval}
    settings: dict[str, Any] = {"version": VERSION, "seed": seed, **counts}
    if sensor is not None:
        settings["sensor"] = replace(sensor.with_view("full"), cut=0.0, rows="beam").as_dict()
    if blind is not None:
        settings["blind"] = zlib.crc32(np.packbits(blind).tobytes())
    if conditions != PLAIN:
        settings["conditions"] = {**asdict(conditions), "blind": [list(sector) for sector in conditions.blind]}
    folder = Path(out) / DATE / f"{DATE}_drive_{seed % 10000:04d}_sync"
    if is_finished(folder, settings):
        return folder
    load_embree()
    try:
        _begin(folder, settings)
        boxes = []
        streets = None if spread is None else spread(partial(_written_street, drive, folder), drive.firsts)
        for frame in drive.frames(streets):
            if spread is None:
                _write_scan(folder, frame)
            elif not _scan_file(folder, frame).is_file():
                raise InputError(
                    f"{folder}: what a worker wrote isn't there: choose an output folder that all machines share"
                )
            write(folder / "oxts" / "data" / f"{frame.number:010d}.txt", _oxts(frame).encode())
            boxes.append(frame.boxes)
            if progress is not None:
                progress(frame.number + 1, frames)
        for name, text in _timestamps(frames, interval).items():
            write(folder / name, text.encode())
        write_tracklets(folder / FILE_NAME, from_boxes(boxes))
        mark_finished(folder, settings)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another output folder") from None
    return folder


def _written_street(drive: Drive, folder: Path, first: int) -> WholeStreet:
    """A whole street whose scans are written, and not kept."""
    written: WholeStreet = []
    for item in drive.whole_street(first):
        if isinstance(item, SimulatedFrame):
            _write_scan(folder, item)
            written.append(replace(item, points=item.points[:0], owner=item.owner[:0]))
        else:
            written.append(item)
    return written


def _scan_file(folder: Path, frame: SimulatedFrame) -> Path:
    return folder / "velodyne_points" / "data" / f"{frame.number:010d}.bin"


def _write_scan(folder: Path, frame: SimulatedFrame) -> None:
    write(_scan_file(folder, frame), frame.points.tobytes())


def _begin(folder: Path, settings: dict[str, Any]) -> None:
    for name, text in calibration().items():
        path = folder.parent / name
        if path.exists() and path.read_text("utf-8") != text:
            raise InputError(f"{path}: is of another rig than the simulated one: choose another output folder")
    for name in ("velodyne_points/data", "oxts/data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for stale in (folder / name).iterdir():
            stale.unlink()
    mark_begun(folder, settings)
    for name, text in calibration().items():
        write(folder.parent / name, text.encode())


def _timestamps(frames: int, interval: float) -> dict[str, str]:
    def lines(shift: float) -> str:
        stamps = (_START + timedelta(seconds=n * interval + shift) for n in range(frames))
        # Nine decimals, as KITTI has them and pykitti wants them; the clock counts microseconds.
        return "".join(f"{stamp:%Y-%m-%d %H:%M:%S.%f}000\n" for stamp in stamps)

    folder = "velodyne_points"
    return {
        "oxts/timestamps.txt": lines(0.0),
        f"{folder}/timestamps.txt": lines(0.0),
        f"{folder}/timestamps_start.txt": lines(-0.05),
        f"{folder}/timestamps_end.txt": lines(0.05),
    }


def _oxts(frame: SimulatedFrame) -> str:
    """KITTI's 30 fields: position, attitude, speeds, accelerations, turn rates, accuracies and states."""
    rotation = frame.pose[:3, :3]
    place = frame.pose[:3, 3] + rotation @ IMU_TO_VELO_T
    yaw = float(np.arctan2(rotation[1, 0], rotation[0, 0]))
    pitch = float(np.arcsin(-rotation[2, 0]))
    roll = float(np.arctan2(rotation[2, 1], rotation[2, 2]))
    # Mercator's projection undone, as KITTI's development kit and pykitti do it.
    scale = np.cos(np.radians(_LATITUDE)) * _EARTH
    east = scale * np.radians(_LONGITUDE) + place[0]
    north = scale * np.log(np.tan(np.radians(45 + _LATITUDE / 2))) + place[1]
    longitude = np.degrees(east / scale)
    latitude = np.degrees(2 * np.arctan(np.exp(north / scale))) - 90
    speed = frame.speed
    values = [
        latitude,
        longitude,
        110 + place[2],
        roll,
        pitch,
        yaw,
        speed * np.sin(yaw),
        speed * np.cos(yaw),
        speed,
        0,
        0,
    ]
    values += [0, 0, 9.81, 0, 0, 9.81, 0, 0, 0, 0, 0, 0, 0.05, 0.02]
    return " ".join(f"{value:.12f}" for value in values) + " 4 10 4 4 0\n"
