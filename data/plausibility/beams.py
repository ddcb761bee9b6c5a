"""The number of beams, told by the ring field or by the scan's order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.plausibility.misfit import Misfit
from projection import Sensor

POINTS_PER_BEAM = 8
"""Scans of fewer returns are not checked."""


def beams_misfit(xyz: NDArray[np.float64], ring: NDArray[np.uint8] | None, sensor: Sensor) -> Misfit | None:
    """Check that returns (N, 3), whose beams (N,) are known or not, are of the sensor's beams."""
    if sensor.rows != "beam":
        return None
    beams = count_beams(xyz, ring, sensor)
    if ring is None and beams > 255:
        return Misfit(
            "neither stored beam after beam nor with a ring field, so each point's beam is guessed from its elevation",
            "",
            "export them with their ring field, or in the sensor's own order",
        )
    # Beams in the open sky return nothing, and an azimuth may waver at the cut.
    if 0.75 * sensor.beams <= beams <= sensor.beams + 1:
        return None
    return Misfit(
        f"not the {sensor.beams} beams of sensor {sensor.name}",
        f"{beams} beams in the first one",
        "choose the sensor that recorded them, with --sensor",
    )


def count_beams(xyz: NDArray[np.float64], ring: NDArray[np.uint8] | None, sensor: Sensor) -> int:
    """Count beams by the ring field, else by the falls of the azimuth, counted from the sensor's cut."""
    if ring is not None:
        return len(np.unique(ring))
    azimuth = (np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])) - (sensor.cut or 0.0)) % 360.0
    return int(np.count_nonzero(np.diff(azimuth) < -180)) + 1
