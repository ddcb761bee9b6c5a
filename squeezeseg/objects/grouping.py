"""Groups of pixels that hang together in space: connected components of the range image.

Two pixels are neighbours if they lie near each other in the image, also across a missing return or two, and near each
other in space. How near grows with range, as the beams spread. No two pixels further apart are ever compared: the idea
is Bogoslavskyi and Stachniss's (Fast range image-based segmentation of sparse 3D laser scans, IROS 2016), whose
criterion is an angle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from projection import Sensor
from squeezeseg.objects.components import join, tell_apart
from squeezeseg.objects.links import steps
from squeezeseg.objects.runs import Runs
from squeezeseg.objects.workspace import ObjectsWorkspace

NEAR = 0.2
"""Metres that neighbours may be apart at any range."""
SPREAD = 2.0
"""How many times the distance between two beams, where they hit, is added to that."""
PIXELS = 3
"""Pixels to the left and upwards in which a neighbour is sought: between are missing returns, or a pole in front."""
_NONE = np.zeros(0, np.int32)


def connect(
    channels: NDArray[np.float32],
    kind: NDArray[np.uint8],
    sensor: Sensor,
    near: float = NEAR,
    spread: float = SPREAD,
    pixels: int = PIXELS,
) -> tuple[NDArray[np.int32], int]:
    """Groups of pixels of one kind.

    A pixel is joined to the first pixel to its left that is near enough, to the first such one above it and, if there
    is none above, to those diagonally above.

    Args:
        channels: (5, H, W) float32, a range image's.
        kind: (H, W) uint8; 0 belongs to no group, and two different kinds never belong to one.
        sensor: whose image it is; in a full turn the last column is the first one's neighbour.
        near: metres that neighbours may be apart.
        spread: how many times the distance between two beams is added to that.
        pixels: to the left and upwards in which a neighbour is sought, fewer than 64.

    Returns:
        (H, W) int32: the number of each pixel's group from 1, in the order of their first pixels, 0 for none; and how
        many groups there are.
    """
    height, width = kind.shape
    work = ObjectsWorkspace.for_images(height, width, kinds=int(kind.max(initial=0)))
    tell_apart(kind, work.kinds)
    groups = group(channels, sensor, work, work.kinds, work.groups, near=near, spread=spread, pixels=pixels)
    return groups.image(height, width), groups.count


def group(
    channels: NDArray[np.float32],
    sensor: Sensor,
    work: ObjectsWorkspace,
    kinds: NDArray[np.uint64],
    room: Runs,
    *,
    known: NDArray[np.int32] | None = None,
    linked: float | None = None,
    near: float = NEAR,
    spread: float = SPREAD,
    pixels: int = PIXELS,
) -> Runs:
    """`connect`, as runs of pixels.

    Args:
        channels: (5, H, W) float32, a range image's.
        sensor: whose image it is.
        work: its `links`, `members`, `joined`, `firsts` and `ranks` are filled.
        kinds: (P, H, K), the kind of each pixel, as `tell_apart` has it.
        room: for the runs.
        known: the group of each run of the pixels that are `settled` in `work`, one after the other, numbered from 0
            with no gap. Default: no pixel is settled.
        linked: the `near` that the links in `work` were made with, no more than this one; their `spread` is this one.
            Default: links are made.
        near: metres that neighbours may be apart.
        spread: how many times the distance between two beams is added to that.
        pixels: to the left and upwards in which a neighbour is sought.
    """
    if known is None:
        work.settled.fill(0)
        known = _NONE
    column_step, row_steps = steps(sensor)
    told = 1 if linked is None or near == linked else 0  # steps, of which the links tell all
    runs, total = join(
        channels, kinds, linked is None, work.links, work.settled, known, column_step, row_steps, near, spread, told,
        min(pixels, sensor.columns - 1), sensor.full_turn, work.members, work.joined, work.firsts, work.ranks,
        room.starts, room.stops, room.groups,
    )  # fmt: skip
    return room.first(int(runs), int(total))
