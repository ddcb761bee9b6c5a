"""Sectors of a turn: the parts of a scan, each there before the scan is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.scan import Scan
from projection import Sensor, assign_beams

CUT = 180
"""Azimuth, in degrees, at which a turn begins and ends: behind, where a seam does least harm."""
COUNTS = (8, 16)
"""Numbers of sectors that a turn may have: a sector lies in one quarter of the turn, ahead, left, right or behind."""


@dataclass(frozen=True, eq=False)
class TurnSector:
    """The points of one of K equal sectors of a turn. Sector 0 begins behind, at azimuth 180; they go clockwise.

    turn: number of the turn. number: of the sector, from 0. count: K.
    scan: the sector's points. A sensor's beams may look several degrees beside the direction in which the sector ends.
    last: whether it is the turn's last.
    whole: the whole turn, with its last sector; None before, or where too little of a turn came to be a scan.
    places: (N,) the positions of the sector's points in the whole turn; None where the turn has them sector by sector.
    """

    turn: int
    number: int
    count: int
    scan: Scan
    last: bool = False
    whole: Scan | None = None
    places: NDArray[np.intp] | None = None


def cut_turn(scan: Scan, turn: int, count: int, sensor: Sensor) -> Iterator[TurnSector]:
    """Cut a scan that is there as a whole into the sectors of a turn, by the azimuths of its points."""
    points, ring = scan.points, scan.ring
    if ring is None and sensor.rows == "beam":
        # The order of the whole scan tells the beams; that of a sector wouldn't.
        ring = assign_beams(points, sensor)
        ring[ring >= sensor.beams] = 0  # no returns
    with np.errstate(invalid="ignore"):
        azimuths = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
        share = np.nan_to_num((CUT - azimuths) * (count / 360))
    sectors = np.clip(share.astype(np.int64), 0, count - 1)
    for number in range(count):
        places = np.flatnonzero(sectors == number)
        part = replace(scan, points=points[places], ring=None if ring is None else ring[places])
        last = number == count - 1
        yield TurnSector(turn, number, count, part, last, scan if last else None, places)
