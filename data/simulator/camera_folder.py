"""Simulated pictures on disk, as KITTI's object benchmark has them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from data.simulator import rig
from data.simulator.drive import VERSION, Drive
from data.simulator.finished import is_finished, mark_begun, mark_finished, write
from data.simulator.sensor.daylight import Daylight
from data.simulator.sensor.embree import load_embree
from data.simulator.sensor.outline import labels
from data.simulator.sensor.picture import take_picture
from data.simulator.workers import in_order
from projection.errors import InputError

TRAINING = "training"
LIST = "frames.txt"


def simulate_pictures(
    out: Path,
    frames: int = 20,
    seed: int = 0,
    scene_per: int = 20,
    interval: float = 0.1,
    progress: Callable[[int], None] | None = None,
    threads: int = 0,
    workers: int = 1,
) -> Path:
    """Write what the left colour camera of a simulated drive sees: image_2, label_2 and calib.

    The streets are those of the drive with the same arguments, see `simulate`; the same arguments give the same bytes
    on the same machine. `frames.txt` names the frames, for splits.

    Args:
        out: gets a folder `training`.
        frames: how many.
        seed: of everything random.
        scene_per: frames after which another street begins.
        interval: seconds between frames.
        progress: called with the number of frames done.
        threads: as of `Drive`.
        workers: as of `Drive`.

    Returns:
        The folder `training`.

    Raises:
        InputError: `out` cannot be written, or holds other pictures.
    """
    drive = Drive(seed, frames, scene_per, interval, threads, workers)
    settings = {"version": VERSION, "seed": seed, "frames": frames, "scene_per": scene_per, "interval": interval}
    folder = Path(out) / TRAINING
    if is_finished(folder, settings):
        return folder
    load_embree()
    take = partial(_write_street, drive, folder)
    done: Iterable[int] = map(take, drive.firsts)
    if drive.workers > 1:
        done = in_order(take, drive.firsts, drive.workers)
    try:
        mark_begun(folder, settings)
        total = 0
        for count in done:
            total += count
            if progress is not None:
                progress(total)
        write(folder / LIST, "".join(f"{number:06d}\n" for number in range(frames)).encode())
        mark_finished(folder, settings)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another output folder") from None
    return folder


def _write_street(drive: Drive, folder: Path, first: int) -> int:
    """Write the pictures of the street that begins with frame `first`; return their number."""
    street, camera = drive.layout(first), rig.camera()
    daylight = Daylight.drawn(np.random.default_rng((drive.seed, 3, first)), len(street.actors))
    count = 0
    for moment in drive.moments(first, street):
        rng = np.random.default_rng((drive.seed, 4, moment.number))
        picture = take_picture(moment.caster, moment.pose, camera, daylight, rng)
        found = labels(moment, picture.owner, camera, rig.rectified_from_lidar())
        content = io.BytesIO()
        Image.fromarray(picture.pixels).save(content, "png")
        name = f"{moment.number:06d}"
        write(folder / "image_2" / f"{name}.png", content.getvalue())
        write(folder / "label_2" / f"{name}.txt", "".join(f"{label}\n" for label in found).encode())
        write(folder / "calib" / f"{name}.txt", rig.object_calibration().encode())
        count += 1
    return count
