"""Whether scans have the beams of the sensor that they are taken for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.scan import Scan
from projection import Sensor, returns

_POINTS_PER_BEAM = 8
"""Scans of fewer points than that cannot tell."""


@dataclass(frozen=True)
class Misfit:
    """What speaks against a sensor. what: is the matter. detail: of the scan in question. remedy: for it."""

    what: str
    detail: str
    remedy: str


def misfit(scan: Scan, sensor: Sensor) -> Misfit | None:
    """What speaks against `scan` being the sensor's, None if nothing does or no beams are looked for."""
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
    """By the ring field, else how often the azimuth, counted from the sensor's cut, starts anew."""
    if scan.ring is not None:
        return len(np.unique(scan.ring))
    points = scan.points[returns(scan.points)].astype(np.float64)
    azimuth = (np.degrees(np.arctan2(points[:, 1], points[:, 0])) - (sensor.cut or 0.0)) % 360.0
    return int(np.count_nonzero(np.diff(azimuth) < -180)) + 1
