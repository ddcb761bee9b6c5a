"""Runs: groups of pixels of a range image, kept as stretches of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Runs:
    """R runs of pixels, each within a row of an H x W image; a pixel is in one at most.

    A tenth as many as pixels, so what is told of a group is told run by run.

    starts, stops: (R,) int32, the flat number (row * W + column) of each run's first pixel, and of the one after its
        last; rising.
    groups: (R,) int32, the number of its group, from 1 in the order of the groups' first pixels.
    count: of the groups.
    """

    starts: NDArray[np.int32]
    stops: NDArray[np.int32]
    groups: NDArray[np.int32]
    count: int = 0

    @classmethod
    def room(cls, height: int, width: int) -> Runs:
        """Room for all the runs that an image may have, their contents undefined."""
        starts, stops, groups = (np.empty(height * width, np.int32) for _ in range(3))
        return cls(starts, stops, groups)

    def first(self, runs: int, count: int) -> Runs:
        """The first so many runs, of `count` groups: views."""
        return Runs(self.starts[:runs], self.stops[:runs], self.groups[:runs], count)

    def image(self, height: int, width: int) -> NDArray[np.int32]:
        """(H, W) int32: the number of each pixel's group, 0 for none."""
        image = np.zeros(height * width, np.int32)
        for start, stop, group in zip(self.starts, self.stops, self.groups, strict=True):
            image[start:stop] = group
        return image.reshape(height, width)
