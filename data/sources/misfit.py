"""Misfit of a scan and a sensor: a check of the number of beams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.scan import Scan
from projection import Sensor, returns

_POINTS_PER_BEAM = 8
"""Scans of fewer points are not checked."""


@dataclass(frozen=True)
class Misfit:
    """A sign that a scan is not the sensor's. what: in a phrase. detail: of the scan. remedy: for the user."""

    what: str
    detail: str
    remedy: str


def misfit(scan: Scan, sensor: Sensor) -> Misfit | None:
    """Check that `scan` has the sensor's beams; None if it has, or if its beams can't be counted."""
    if sensor.rows != "beam" or np.count_nonzero(returns(scan.points)) < _POINTS_PER_BEAM * sensor.beams:
        return None
    beams = count_beams(scan, sensor)
    if scan.ring is None and beams > 255:
        return Misfit(
            "neither stored beam after beam nor with a ring field, so each point's beam is guessed from its elevation",
            "",
            "export them with their ring field",
        )
    # Beams in the open sky return nothing, and an azimuth may waver at the cut.
    if not 0.75 * sensor.beams <= beams <= sensor.beams + 1:
        return Misfit(
            f"not the {sensor.beams} beams of sensor {sensor.name}",
            f"{beams} beams in the first one",
            "choose the sensor that recorded them",
        )
    return None


def count_beams(scan: Scan, sensor: Sensor) -> int:
    """Count beams by the ring field, else by the falls of the azimuth, counted from the sensor's cut."""
    if scan.ring is not None:
        return len(np.unique(scan.ring))
    points = scan.points[returns(scan.points)].astype(np.float64)
    azimuth = (np.degrees(np.arctan2(points[:, 1], points[:, 0])) - (sensor.cut or 0.0)) % 360.0
    return int(np.count_nonzero(np.diff(azimuth) < -180)) + 1
