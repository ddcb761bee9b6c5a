"""The scans that a sensor is estimated from: some of the recording, evenly spread."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps import console
from apps.opening import spread
from data.scan import Scan
from projection import InputError

if TYPE_CHECKING:
    from data.estimation import SensorEstimate
    from data.sources import Source

SCANS = 24
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Estimated:
    """What was found in a recording.

    name: the recording's. frames: in it. scans: that were looked at. estimate: of their sensor.
    """

    name: str
    frames: int
    scans: list[Scan]
    estimate: SensorEstimate


def open_unknown(paths: list[Path]) -> Source:
    """A recording whose sensor is not known yet; one sensor's packets say which it is."""
    from data.estimation import UNKNOWN
    from data.live import open_recording
    from data.sources import open_source
    from data.stream_file import stream_kind

    if len(paths) > 1:
        return open_source(paths, sensor=UNKNOWN)
    packets = stream_kind(paths[0]) == "capture"
    return open_recording(paths[0], sensor=None if packets else UNKNOWN)


def estimate(paths: list[Path], name: str) -> Estimated:
    """Estimate the sensor of a recording; name: for it.

    Raises:
        InputError: nothing can be read, or it can't be told.
    """
    from data.estimation import UNKNOWN, estimate_sensor

    source = open_unknown(paths)
    known = 0 if source.base_sensor == UNKNOWN else source.base_sensor.beams
    chosen, scans = spread(source.frames, SCANS), list[Scan]()
    with console.progress("reading scans", len(chosen)) as progress:
        for done, frame in enumerate(chosen, start=1):
            try:
                scans.append(source.scan(frame))
            except InputError as error:
                _log.warning("left out: %s", error)
            progress(done)
    if not scans:
        raise InputError(f"{source.path}: none of its scans can be read; see 'squeezeseg doctor'")
    try:
        return Estimated(source.name, len(source), scans, estimate_sensor(scans, name, known))
    except InputError as error:
        raise InputError(f"{source.path}: {error}") from None
