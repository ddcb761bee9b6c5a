"""Which points of a scan stay for a map: those of nothing that moves, or of nothing that could."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.labels import OBJECT_CLASSES, PEOPLE
from squeezeseg.tracking.tracks import Track, label_number

Dropped = Literal["moving", "all"]
"""What is dropped: what moves, or all that could."""


def moving_numbers(tracks: Iterable[Track]) -> dict[str, dict[int, frozenset[int]]]:
    """The numbers in the labels of the objects that move, by recording and frame.

    Of an object that is seen too shortly, or by a sensor whose own motion isn't known, nobody can say: then a person
    counts as moving, and a vehicle doesn't.
    """
    found: dict[str, dict[int, set[int]]] = {}
    for track in tracks:
        moving = track.class_id in PEOPLE if track.moving is None else track.moving
        if moving:
            frames = found.setdefault(track.recording, {})
            for one in track.boxes:
                frames.setdefault(one.frame, set()).add(label_number(track.number))
    return {name: {k: frozenset(of) for k, of in frames.items()} for name, frames in found.items()}


def static_points(
    labels: NDArray[np.uint8], instances: NDArray[np.integer], dropped: Dropped, moving: Collection[int] = ()
) -> NDArray[np.bool_]:
    """Mask of the points that stay: (N,) class ids and objects' numbers -> (N,) bool.

    moving: the numbers of those that move. A person's points that belong to no object are dropped as well.
    """
    if dropped == "all":
        goes = np.isin(labels, OBJECT_CLASSES)
    else:
        goes = np.isin(instances, list(moving)) | (np.isin(labels, PEOPLE) & (instances == 0))
    return np.asarray(~goes)
