"""The workspace of the objects stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from squeezeseg.objects.runs import Runs


@dataclass(frozen=True, eq=False)
class ObjectsWorkspace:
    """Arrays for range images of one size, reused from scan to scan. One thread at a time.

    ground: (H, W) bool and level: (H, W) float32, see `find_ground`. reached, height: (W,) float32, of each column's
        last ground.
    kind: (H, W) uint8, what is grouped.
    links, flags: (H, W) uint8, see `link` and `flag`.
    structures, groups, objects: room for the runs of the three times that pixels are grouped.
    run_of: (H, W) int32, the run of each pixel of the latest of them.
    skirt: (H W,) int32, flat pixels of the ground that belong to groups.
    labels: (H, W) uint8 class ids, of each object's pixels that of the object.
    certainty: (H, W) float32, the object classifier's probability of the class where it has decided, else the network's
        of the label; 0 where there is no return.
    instances: (H, W) uint16, the number of each pixel's object from 1, 0 for none.
    """

    ground: NDArray[np.bool_]
    level: NDArray[np.float32]
    reached: NDArray[np.float32]
    height: NDArray[np.float32]
    kind: NDArray[np.uint8]
    links: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    structures: Runs
    groups: Runs
    objects: Runs
    run_of: NDArray[np.int32]
    skirt: NDArray[np.int32]
    labels: NDArray[np.uint8]
    certainty: NDArray[np.float32]
    instances: NDArray[np.uint16]

    @classmethod
    def for_images(cls, height: int, width: int) -> ObjectsWorkspace:
        """A workspace for images of H x W."""
        shape = height, width
        return cls(
            ground=np.empty(shape, np.bool_),
            level=np.empty(shape, np.float32),
            reached=np.empty(width, np.float32),
            height=np.empty(width, np.float32),
            kind=np.empty(shape, np.uint8),
            links=np.empty(shape, np.uint8),
            flags=np.empty(shape, np.uint8),
            structures=Runs.room(*shape),
            groups=Runs.room(*shape),
            objects=Runs.room(*shape),
            run_of=np.empty(shape, np.int32),
            skirt=np.empty(height * width, np.int32),
            labels=np.empty(shape, np.uint8),
            certainty=np.empty(shape, np.float32),
            instances=np.empty(shape, np.uint16),
        )
