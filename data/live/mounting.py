"""A live source's sensor, mounted as its first scan shows it."""

from __future__ import annotations

import logging
from dataclasses import replace

from data.plausibility import mend
from data.scan import Scan
from projection import PRESETS, Sensor

_log = logging.getLogger(__name__)


def mounted(name: str, sensor: Sensor, chosen: Sensor | None, height: float | None, scan: Scan) -> Sensor:
    """The sensor at the height that was given; else with what the first scan shows of height and columns.

    name: of the source, for what is logged. chosen: the sensor that the user has chosen, of which nothing is changed
    unless it is a preset.
    """
    given = set() if chosen is None or chosen in PRESETS.values() else {"height", "columns"}
    if height is not None:
        sensor, given = replace(sensor, height=height), given | {"height"}
    sensor, changes = mend(sensor, [scan], given)
    for change in changes:
        _log.warning("%s: %s", name, change)
    return sensor
