"""Numbers of objects from sector to sector: one that reaches over a border has the same number on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MAX = np.iinfo(np.uint16).max


class ObjectNumbers:
    """Numbers the objects of sectors, in their order. Numbers begin anew after 65,535."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(
        self, found: NDArray[np.uint16], before: NDArray[np.uint16], wanted: NDArray[np.bool_]
    ) -> NDArray[np.uint16]:
        """The number of each object of a window, by its number in the window.

        found: (N,) the object of each of the window's points, 0 for none. before: (N,) the number that the point's
        object had, 0 where none is known. wanted: (N,) points whose objects need a number. An object has the number
        that most of its points had, if no other has it; else a new one.
        """
        members = np.flatnonzero(found)
        number_of = _matched(found[members], before[members], int(found.max(initial=0)) + 1)
        for instance in np.unique(found[members][wanted[members]]):
            if number_of[instance] == 0:
                self._last = self._last % _MAX + 1
                number_of[instance] = self._last
        return number_of


def _matched(found: NDArray[np.uint16], before: NDArray[np.uint16], count: int) -> NDArray[np.uint16]:
    number_of = np.zeros(count, np.uint16)
    both = before > 0
    pairs, votes = np.unique(found[both].astype(np.uint32) << 16 | before[both], return_counts=True)
    taken = set()
    for pair in pairs[np.argsort(-votes, kind="stable")]:
        instance, number = int(pair) >> 16, int(pair) & _MAX
        if number_of[instance] == 0 and number not in taken:
            number_of[instance] = number
            taken.add(number)
    return number_of
