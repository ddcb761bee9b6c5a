"""The workspace of the objects stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES
from squeezeseg.objects.bits import words
from squeezeseg.objects.runs import Runs


@dataclass(frozen=True, eq=False)
class ObjectsWorkspace:
    """Arrays for range images of one size, reused from scan to scan. One thread at a time.

    ground: (H, W) bool and level: (H, W) float32, see `find_ground`. reached, height: (W,) float32, of each column's
        last ground.
    kinds: (P, H, K), the kind of each pixel that is grouped, as a number of P bits; see `bits` for K.
    links: (2, H, K), see `link`. maybe, person: (H, K), see `weigh`. settled: (H, K), pixels whose group is known, and
        known: (H W,) int32, the group of each of their runs.
    structures, groups, objects: room for the runs of the three times that pixels are grouped.
    members, joined, firsts, ranks: (H, K), of the latest of them, see `join`.
    skirt: (H W,) int32, flat pixels of the ground that belong to groups; skirt_run: (H, W) int32, which of the runs
        each of them belongs to.
    labels: (H, W) uint8 class ids, of each object's pixels that of the object.
    certainty: (H, W) float32, the object classifier's probability of the class where it has decided, else the network's
        of the label; 0 where there is no return.
    instances: (H, W) uint16, the number of each pixel's object from 1, 0 for none.
    """

    ground: NDArray[np.bool_]
    level: NDArray[np.float32]
    reached: NDArray[np.float32]
    height: NDArray[np.float32]
    kinds: NDArray[np.uint64]
    links: NDArray[np.uint64]
    maybe: NDArray[np.uint64]
    person: NDArray[np.uint64]
    settled: NDArray[np.uint64]
    known: NDArray[np.int32]
    structures: Runs
    groups: Runs
    objects: Runs
    members: NDArray[np.uint64]
    joined: NDArray[np.uint64]
    firsts: NDArray[np.uint64]
    ranks: NDArray[np.int32]
    skirt: NDArray[np.int32]
    skirt_run: NDArray[np.int32]
    labels: NDArray[np.uint8]
    certainty: NDArray[np.float32]
    instances: NDArray[np.uint16]

    @classmethod
    def for_images(cls, height: int, width: int, kinds: int = 0) -> ObjectsWorkspace:
        """A workspace for images of H x W. kinds: the highest that there may be, if more than classes of objects."""
        shape, rows = (height, width), (height, words(width))
        planes = max(kinds, len(CLASSES) - 1, 3).bit_length()
        return cls(
            ground=np.empty(shape, np.bool_),
            level=np.empty(shape, np.float32),
            reached=np.empty(width, np.float32),
            height=np.empty(width, np.float32),
            kinds=np.empty((planes, *rows), np.uint64),
            links=np.empty((2, *rows), np.uint64),
            maybe=np.empty(rows, np.uint64),
            person=np.empty(rows, np.uint64),
            settled=np.empty(rows, np.uint64),
            known=np.empty(height * width, np.int32),
            structures=Runs.room(*shape),
            groups=Runs.room(*shape),
            objects=Runs.room(*shape),
            members=np.empty(rows, np.uint64),
            joined=np.empty(rows, np.uint64),
            firsts=np.empty(rows, np.uint64),
            ranks=np.empty(rows, np.int32),
            skirt=np.empty(height * width, np.int32),
            skirt_run=np.empty(shape, np.int32),
            labels=np.empty(shape, np.uint8),
            certainty=np.empty(shape, np.float32),
            instances=np.empty(shape, np.uint16),
        )
