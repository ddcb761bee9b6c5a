"""Sectors: a full turn as overlapping fronts, for networks that know only fronts.

A network trained on scans that lie ahead (x positive, y about 0) knows nothing of what lies behind. Turned to the
front, each quarter of a full turn looks to it like any scene ahead, so objects are found all around alike, and turning
the car by 90 degrees changes nothing but the order of the quarters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.range_image import RangeImage
from projection.sensors import Sensor

OVERLAP = 64
"""Columns (11 degrees) that a sector of the full turn sees of its neighbours."""
_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # cosine and sine of the azimuths that the sectors are centred on


@dataclass(frozen=True, eq=False)
class Sectors:
    """The columns of a range image of H x W that each of B sectors shows.

    A front view is one sector, with empty columns to its right up to a width that the network accepts. Sector k of a
    full turn is centred on azimuth 90 k degrees, its x and y are turned back by as much, and S is a quarter of W and
    the overlap to either side, rounded up. A column's answers are taken from the middle of its sector.

    A network that sees no azimuth has a full turn as one sector, see `around`.

    shape: (B, 5, H, S) of the network's input.
    columns: W.
    shown: how many of a sector's S columns show something; those after them are empty.
    starts: (B,) int64, the column of the image that is each sector's first; the others follow, around the turn.
    turns: (B, 2) int64, cosine and sine of the angle that a sector is turned back by.
    pieces: (P, 4) int64: sector, first column in it, first column in the image, how many. Together they are the image.
    """

    shape: tuple[int, int, int, int]
    columns: int
    shown: int
    starts: NDArray[np.int64]
    turns: NDArray[np.int64]
    pieces: NDArray[np.int64]

    @classmethod
    def of(cls, sensor: Sensor, multiple: int, overlap: int = OVERLAP) -> Sectors:
        """The sectors of a sensor's range images. multiple: of what the width of the network's input must be."""
        height, width = sensor.shape
        if sensor.full_turn:
            count = len(_TURNS)
            quarter = -(-width // count)
            size = _rounded_up(quarter + 2 * overlap, multiple)
            centres = width * (0.5 - np.arange(count) / count)  # azimuth 0 is the middle of the image
            starts = np.floor(centres - width / count / 2).astype(np.int64) - overlap
            turns, shown = np.array(_TURNS), size
            sector, place = np.zeros(width, np.int64), np.zeros(width, np.int64)
            for k in range(count):
                # Quarters that are no whole number of columns overlap by one column: the later sector has it.
                columns = (starts[k] + overlap + np.arange(quarter)) % width
                sector[columns], place[columns] = k, overlap + np.arange(quarter)
        else:
            size, shown = _rounded_up(width, multiple), width
            starts, turns = np.zeros(1, np.int64), np.array(_TURNS[:1])
            sector, place = np.zeros(width, np.int64), np.arange(width)
        first = np.flatnonzero((np.diff(sector, prepend=-1) != 0) | (np.diff(place, prepend=-2) != 1))
        pieces = np.column_stack([sector[first], place[first], first, np.diff(first, append=width)])
        shape = (len(starts), 5, height, size)
        return cls(shape, width, shown, starts % width, turns, pieces)

    @classmethod
    def around(cls, sensor: Sensor, multiple: int, overlap: int) -> Sectors:
        """A full turn as one sector, for networks that see no azimuth; a front as `of` has it.

        overlap: columns of the turn's other end, or more, that are shown at either side: as far as the network sees.
        """
        if not sensor.full_turn:
            return cls.of(sensor, multiple)
        height, width = sensor.shape
        # A multiple to the left, so that columns are grouped alike however the sensor is turned.
        overlap = _rounded_up(overlap, multiple)
        size = _rounded_up(width + 2 * overlap, multiple)
        starts, turns = np.array([-overlap % width]), np.array(_TURNS[:1])
        return cls((1, 5, height, size), width, size, starts, turns, np.array([[0, overlap, 0, width]]))

    @property
    def sources(self) -> NDArray[np.int64]:
        """(B, S): the column of the image that each column of a sector shows, W where it is empty."""
        columns = (self.starts[:, None] + np.arange(self.shape[3])) % self.columns
        columns[:, self.shown :] = self.columns
        return columns

    @property
    def places(self) -> NDArray[np.int64]:
        """(W,): the place of each column of the image among all columns of the sectors, one sector after the other."""
        places = np.empty(self.columns, np.int64)
        for sector, place, first, count in self.pieces:
            places[first : first + count] = sector * self.shape[3] + place + np.arange(count)
        return places

    def cut(self, image: RangeImage) -> NDArray[np.float32]:
        """A range image's sectors (B, 5, H, S) in metres, each turned ahead; empty pixels are 0."""
        seen = np.pad(image.channels, ((0, 0), (0, 0), (0, 1)))[:, :, self.sources].transpose(2, 0, 1, 3).copy()
        cos, sin = self.turns.astype(np.float32).T[:, :, None, None]
        x, y = seen[:, 0].copy(), seen[:, 1].copy()
        seen[:, 0], seen[:, 1] = cos * x + sin * y, cos * y - sin * x
        return seen


def _rounded_up(width: int, multiple: int) -> int:
    return -(-width // multiple) * multiple
