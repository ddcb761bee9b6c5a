"""A process that simulates streets for a network that is trained meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from data.kitti.truth import box_truth
from data.labels import class_map
from data.simulator import Drive
from projection import PRESETS, InputError, project
from squeezeseg.training.ring import Ring
from squeezeseg.training.samples import COLUMNS, Turn, turn_of

SCANS, INTERVAL = 2, 1.0
"""Scans of a street, and the seconds between them."""
SENSOR = replace(PRESETS["hdl64"].with_view("full"), columns=COLUMNS, cut=0.0)
NICE = 10
"""How much a training goes before its simulator on a busy core."""
_PAUSE = 0.02


def simulated_street(seed: int, first: int, map_name: str) -> list[Turn]:
    """The turns of the street that begins with scan `first` of a seed's drive, which never ends."""
    drive = Drive(seed, first + SCANS, SCANS, INTERVAL, threads=1)
    classes, turns = class_map(map_name), list[Turn]()
    for frame in drive.street(first):
        truth = box_truth(frame.points, frame.boxes, classes, None)
        turns.append(turn_of(project(frame.points, SENSOR), truth))
    return turns


@dataclass(frozen=True)
class StreetJob:
    """What worker number `worker` of `workers` has to do: every so-many-th street from scan `start` to scan `stop`.

    seed, offset: scan n is scan n + offset of the seed's drive. slots: of the ring in `folder`.
    street: makes the turns of one street, as `simulated_street`.
    """

    folder: Path
    slots: int
    seed: int
    offset: int
    start: int
    stop: int
    map_name: str
    worker: int
    workers: int
    street: Callable[[int, int, str], Sequence[Turn]] = simulated_street


def work(job: StreetJob, errors: Connection) -> None:
    """Fill the ring until the job is done or the parent process ends, however that comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    os.nice(NICE)
    try:
        make_streets(job)
    except InputError as error:
        errors.send(str(error))
    except Exception as error:
        errors.send(f"{type(error).__name__}: {error}")
        raise


def make_streets(job: StreetJob) -> None:
    """Put the job's turns into its ring, but for those that it holds, each when there is room."""
    ring = Ring(job.folder, job.slots, SENSOR.shape[0])
    first = job.start - job.start % SCANS + job.worker * SCANS
    for number in range(first, job.stop, job.workers * SCANS):
        while not ring.free(number + SCANS - 1):
            time.sleep(_PAUSE)
        # Not those before the start: they would take the place of later ones, which may be there already.
        missing = [one for one in range(max(number, job.start), number + SCANS) if not ring.holds([one]).all()]
        if missing:
            turns = job.street(job.seed, job.offset + number, job.map_name)
            for one in missing:
                ring.put(one, *turns[one - number])


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
