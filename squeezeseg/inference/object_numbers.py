"""Numbers of objects from sector to sector: one that reaches over a border has the same number on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.segmentation import Segmentation
from data.turn_sector import TurnSector

_MAX = np.iinfo(np.uint16).max


class ObjectNumbers:
    """Numbers the objects of sectors, in their order.

    An object of a window has the number of the object of its class that most of its points had, in the sectors before
    and in those of the same turn behind; else a new one. Numbers begin anew after 65,535.
    """

    def __init__(self) -> None:
        self._last = 0
        self._told: dict[int, tuple[TurnSector, NDArray[np.uint8], NDArray[np.uint16]]] = {}
        self._open: set[int] = set()

    def __call__(
        self, there: Sequence[TurnSector], sector: TurnSector, window: Segmentation, own: slice
    ) -> tuple[NDArray[np.uint16], dict[int, int]]:
        """Number the objects of a window.

        there: the sectors whose points are in the window, one after the other. sector: the newest of them, whose points
        are those of the slice `own`.

        Returns: (N,) uint16, the number of each of the sector's points, 0 for none; and the objects that end here or
        ended before, their number by that in the window. One that goes on in the next sector is whole only then.
        """
        found = window.instance_numbers
        members = np.flatnonzero(found)
        before = self._before(there, sector, own, window.labels, members)
        number_of = _matched(found[members], before)
        here, beyond = set(np.unique(found[own]).tolist()) - {0}, set(np.unique(found[own.stop :]).tolist()) - {0}
        for instance in sorted(here):
            if number_of[instance] == 0:
                self._last = self._last % _MAX + 1
                number_of[instance] = self._last
        numbers = number_of[found[own]]
        self._told[sector.number] = sector, window.labels[own], numbers
        numbered = {int(instance): int(number_of[instance]) for instance in np.flatnonzero(number_of)}
        ended = {
            instance: number
            for instance, number in numbered.items()
            if instance not in beyond and (instance in here or number in self._open)
        }
        self._open = {number for instance, number in numbered.items() if instance in here & beyond}
        return numbers, ended

    def _before(
        self,
        there: Sequence[TurnSector],
        sector: TurnSector,
        own: slice,
        labels: NDArray[np.uint8],
        members: NDArray[np.intp],
    ) -> NDArray[np.uint16]:
        """The number that each of the `members` of any object had, if it had the same label."""
        before = np.zeros(len(members), np.uint16)
        start = 0
        for one in there:
            end = start + len(one.scan)
            told = self._told.get(one.number)
            if told is not None and told[0] is one and (start < own.start or one.turn == sector.turn):
                part = slice(*np.searchsorted(members, (start, end)))
                places = members[part] - start
                before[part] = np.where(told[1][places] == labels[members[part]], told[2][places], 0)
            start = end
        return before


def _matched(found: NDArray[np.uint16], before: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """By instance of the window: the number that most of its points had, each number for one instance; else 0."""
    number_of = np.zeros(int(found.max(initial=0)) + 1, np.uint16)
    both = before > 0
    pairs, votes = np.unique(found[both].astype(np.uint32) << 16 | before[both], return_counts=True)
    taken = set()
    for pair in pairs[np.argsort(-votes, kind="stable")]:
        instance, number = int(pair) >> 16, int(pair) & _MAX
        if number_of[instance] == 0 and number not in taken:
            number_of[instance] = number
            taken.add(number)
    return number_of
