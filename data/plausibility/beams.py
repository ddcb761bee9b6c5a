"""The number of beams, told by the ring field or by the scan's order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.plausibility.excerpt import Excerpt
from data.plausibility.misfit import Misfit
from projection import Sensor, returns


def beams_misfit(excerpt: Excerpt, sensor: Sensor) -> Misfit | None:
    """Check that a scan is of the sensor's beams."""
    if sensor.rows != "beam":
        return None
    ring = excerpt.ring
    # Beams in the open sky return nothing, and an azimuth may waver at the cut.
    due = sensor.beams if ring is None else sum(elevation < 0 for elevation in sensor.elevations)
    least, most = 0.75 * due, sensor.beams + 1
    if least <= count_beams(excerpt.xyz, ring, sensor) <= most:
        return None
    seen = returns(excerpt.scan.points)
    xyz = excerpt.scan.points[seen, :3].astype(np.float64)
    beams = count_beams(xyz, None if excerpt.scan.ring is None else excerpt.scan.ring[seen], sensor)
    if least <= beams <= most:
        return None
    if ring is None and beams > 255:
        return Misfit(
            "neither stored beam after beam nor with a ring field, so each point's beam is guessed from its elevation",
            "",
            "export them with their ring field, or in the sensor's own order",
        )
    return Misfit(
        f"not the {sensor.beams} beams of sensor {sensor.name}",
        f"{beams} beams in the first one",
        "name the sensor with --sensor (hdl32, vlp16 ..., or a file)",
    )


def count_beams(xyz: NDArray[np.float64], ring: NDArray[np.uint8] | None, sensor: Sensor) -> int:
    """Count beams by the ring field, else by the falls of the azimuth, counted from the sensor's cut."""
    if ring is not None:
        return len(np.unique(ring))
    azimuth = (np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])) - (sensor.cut or 0.0)) % 360.0
    return int(np.count_nonzero(np.diff(azimuth) < -180)) + 1
