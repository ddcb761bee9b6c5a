"""From labels of pixels to objects: ground, groups, a class for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage
from squeezeseg.objects.candidates import find_groups
from squeezeseg.objects.features import describe
from squeezeseg.objects.ground import find_ground
from squeezeseg.objects.grouping import connect
from squeezeseg.objects.vote import Vote, decide

SKIRT = 0.6
"""Metres from an object's lowest pixel down to the ground pixels that its label may have run out on."""
WITHIN = 0.5
"""Metres between parts of one object, whose paint or glass may have swallowed what is between them."""
BETWEEN = 12
"""Pixels that may be missing there."""
LEAST = 4
"""Pixels of an object: fewer have its class, and no number."""
_MOST = 65535


@dataclass(frozen=True, eq=False)
class PixelObjects:
    """The objects of a range image.

    labels: (H, W) uint8 class ids, of each object's pixels that of the object.
    certainty: (H, W) float32, the vote's probability of the class where it has spoken, else as it was.
    instances: (H, W) uint16, the number of each pixel's object from 1, 0 for none.
    """

    labels: NDArray[np.uint8]
    certainty: NDArray[np.float32]
    instances: NDArray[np.uint16]


class Workspace:
    pass


def find_objects(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    vote: Vote | None,
    work: Workspace | None = None,
) -> PixelObjects:
    """Give all pixels of an object one class, and a number of their own.

    Args:
        image: a scan's.
        probabilities: (C, H, W) float32, the network's.
        labels: (H, W) uint8, decided pixel by pixel.
        vote: decides about each group of pixels; without one, no objects are found.

    Returns:
        The objects. A group that the vote calls background is none, and its pixels are background. Pixels that
        belong to no group keep their labels.
    """
    labels, instances = labels.copy(), np.zeros(labels.shape, np.uint16)
    certainty = np.empty(labels.shape, np.float32)
    pick(probabilities, labels, image.mask, certainty)
    if vote is None:
        return PixelObjects(labels, certainty, instances)
    ground, level = find_ground(image)
    groups, structure = find_groups(image, probabilities, ground)
    if len(structure):
        chances = vote(describe(image, probabilities, level, groups, structure))
        chosen = decide(chances)
        chance = np.take_along_axis(chances, chosen[:, None].astype(np.intp), axis=1)[:, 0]
        lend(image.channels, ground, labels, SKIRT, groups)
        assign(groups, chosen, chance, labels, certainty)
        number(image, groups, labels, instances)
    return PixelObjects(labels, certainty, instances)


def number(
    image: RangeImage, groups: NDArray[np.int32], labels: NDArray[np.uint8], instances: NDArray[np.uint16]
) -> None:
    """Write the objects' numbers into `instances`, which is all 0: groups of one class that are near are one object."""
    kind = np.where(groups > 0, labels, 0).astype(np.uint8)
    objects, count = connect(image.channels, kind, image.sensor, near=WITHIN, pixels=BETWEEN)
    renumber(objects, count, LEAST, instances)


@njit(cache=True, nogil=True)
def renumber(objects: NDArray[np.int32], count: int, least: int, instances: NDArray[np.uint16]) -> None:
    """Fill `instances` with the objects of at least so many pixels, numbered from 1 in their order."""
    height, width = objects.shape
    pixels = np.zeros(count + 1, np.int32)
    for r in range(height):
        for c in range(width):
            pixels[objects[r, c]] += 1
    numbers, last = np.zeros(count + 1, np.uint16), 0
    for k in range(1, count + 1):
        if pixels[k] >= least and last < _MOST:
            last += 1
            numbers[k] = last
    for r in range(height):
        for c in range(width):
            instances[r, c] = numbers[objects[r, c]]


@njit(cache=True, nogil=True)
def pick(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    certainty: NDArray[np.float32],
) -> None:
    """Fill `certainty` with each pixel's probability of its label, 0 where there is no return."""
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            certainty[r, c] = probabilities[labels[r, c], r, c] if mask[r, c] else np.float32(0)


@njit(cache=True, nogil=True)
def lend(
    channels: NDArray[np.float32],
    ground: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    skirt: float,
    groups: NDArray[np.int32],
) -> None:
    """Ground pixels that are labelled as objects join the group that stands right above them."""
    height, width = groups.shape
    for r in range(1, height):
        for c in range(width):
            if not ground[r, c] or labels[r, c] == 0:
                continue
            for above in range(r - 1, max(r - 4, -1), -1):
                if groups[above, c] > 0:
                    dx = channels[0, r, c] - channels[0, above, c]
                    dy = channels[1, r, c] - channels[1, above, c]
                    dz = channels[2, r, c] - channels[2, above, c]
                    if dx * dx + dy * dy + dz * dz <= skirt * skirt:
                        groups[r, c] = groups[above, c]
                    break


@njit(cache=True, nogil=True)
def assign(
    groups: NDArray[np.int32],
    chosen: NDArray[np.uint8],
    chance: NDArray[np.float32],
    labels: NDArray[np.uint8],
    certainty: NDArray[np.float32],
) -> None:
    """Write each group's class and its probability into its pixels."""
    height, width = groups.shape
    for r in range(height):
        for c in range(width):
            g = groups[r, c] - 1
            if g >= 0:
                labels[r, c] = chosen[g]
                certainty[r, c] = chance[g]
