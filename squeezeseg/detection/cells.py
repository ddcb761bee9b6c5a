"""Cells: the pixels of a range image that share one prediction of a box, and where what they show lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from squeezeseg.networks.box_cells import ROWS

BEHIND = 2.0
"""Metres behind a cell's nearest return, within which others are of the same thing."""
NOBODY, MIXED = 0, -1
"""A cell's owner where no pixel, or only a minority, is somebody's."""


@dataclass(frozen=True, eq=False)
class CellGrid:
    """The cells of range images of H x W: ROWS rows and a stride's columns each, G x Q of them.

    spans: (Q, 2) int64, the image's column that is each cell's first, and how many follow around the turn; none where
        the network's input shows no column of the image that isn't shown better elsewhere.
    columns: (W,) int64, the cell's column of each column of the image.
    height: H.
    """

    spans: NDArray[np.int64]
    columns: NDArray[np.int64]
    height: int

    @classmethod
    def of(cls, places: NDArray[np.int64], stride: int, height: int, width: int) -> CellGrid:
        """places: (W,), each column's place in the network's input, see `Sectors.places`; of B sectors of S columns.

        stride: columns of a cell. height: H. width: B S.
        """
        columns = places // stride
        spans = np.zeros((width // stride, 2), np.int64)
        order = np.argsort(places)
        owners, first, count = np.unique(columns[order], return_index=True, return_counts=True)
        spans[owners, 0], spans[owners, 1] = order[first], count
        return cls(spans, columns, height)

    @classmethod
    def plain(cls, height: int, width: int, stride: int) -> CellGrid:
        """Of an image that is the network's input as it is."""
        return cls.of(np.arange(width), stride, height, width)

    @property
    def shape(self) -> tuple[int, int]:
        """(G, Q)."""
        return -(-self.height // ROWS), len(self.spans)


def cell_places(channels: NDArray[np.float32], grid: CellGrid) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where what a cell shows lies: (G, Q, 3) float32 metres, and which cells (G, Q) show anything.

    It is the mean of the returns that aren't more than `BEHIND` behind the nearest: at an object's edge a cell shows
    the object and what is behind it, and the mean of both would lie at neither.

    channels: (5, H, W) of a range image.
    """
    places, filled = np.zeros((*grid.shape, 3), np.float32), np.zeros(grid.shape, np.bool_)
    _fill_places(channels, grid.spans, places, filled)
    return places, filled


def cell_owners(channels: NDArray[np.float32], numbers: NDArray[np.int32], grid: CellGrid) -> NDArray[np.int32]:
    """Whose a cell is: (G, Q) int32, the number that more than half of its nearer returns have, see `cell_places`.

    `MIXED` where some have a number and none has more than half, `NOBODY` where none has one.

    numbers: (H, W) int32, from 1, 0 for none.
    """
    owners = np.zeros(grid.shape, np.int32)
    _fill_owners(channels, numbers, grid.spans, owners)
    return owners


@njit(cache=True, nogil=True)
def _fill_places(channels, spans, places, filled):  # type: ignore[no-untyped-def]
    _, height, width = channels.shape
    for g in range(places.shape[0]):
        for q in range(places.shape[1]):
            first, count = spans[q]
            nearest = _nearest(channels, g, first, count)
            if nearest == np.inf:
                continue
            filled[g, q] = True
            x, y, z, n = 0.0, 0.0, 0.0, 0
            for r in range(g * ROWS, min(g * ROWS + ROWS, height)):
                for k in range(count):
                    c = (first + k) % width
                    if 0 < channels[4, r, c] <= nearest + BEHIND:
                        x, y, z, n = x + channels[0, r, c], y + channels[1, r, c], z + channels[2, r, c], n + 1
            places[g, q, 0], places[g, q, 1], places[g, q, 2] = x / n, y / n, z / n


@njit(cache=True, nogil=True)
def _fill_owners(channels, numbers, spans, owners):  # type: ignore[no-untyped-def]
    _, height, width = channels.shape
    for g in range(owners.shape[0]):
        for q in range(owners.shape[1]):
            first, count = spans[q]
            nearest = _nearest(channels, g, first, count)
            if nearest == np.inf:
                continue
            # Boyer and Moore's majority vote: whoever has more than half is left over, and is counted.
            for counted in range(2):
                if counted == 0:
                    left, votes = 0, 0
                else:
                    votes = 0
                n, named = 0, 0
                for r in range(g * ROWS, min(g * ROWS + ROWS, height)):
                    for k in range(count):
                        c = (first + k) % width
                        if not 0 < channels[4, r, c] <= nearest + BEHIND:
                            continue
                        number = numbers[r, c]
                        n, named = n + 1, named + (number > 0)
                        if counted == 1:
                            votes += number == left
                        elif votes == 0:
                            left, votes = number, 1
                        else:
                            votes += 1 if number == left else -1
            if named > 0:
                owners[g, q] = left if left > 0 and 2 * votes > n else MIXED


@njit(cache=True, nogil=True)
def _nearest(channels, g, first, count):  # type: ignore[no-untyped-def]
    """Range of a cell's nearest return, infinite where it has none."""
    _, height, width = channels.shape
    nearest = np.inf
    for r in range(g * ROWS, min(g * ROWS + ROWS, height)):
        for k in range(count):
            away = np.float64(channels[4, r, (first + k) % width])
            if 0 < away < nearest:
                nearest = away
    return nearest
