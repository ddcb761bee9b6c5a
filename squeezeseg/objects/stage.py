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
from squeezeseg.objects.vote import Vote, decide

SKIRT = 0.6
"""Metres from an object's lowest pixel down to the ground pixels that its label may have run out on."""
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


def find_objects(
    image: RangeImage, probabilities: NDArray[np.float32], labels: NDArray[np.uint8], vote: Vote | None
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
        numbers = np.cumsum(chosen > 0)
        numbers[(chosen == 0) | (numbers > _MOST)] = 0
        lend(image.channels, ground, labels, SKIRT, groups)
        assign(groups, chosen, chance, numbers.astype(np.uint16), labels, certainty, instances)
    return PixelObjects(labels, certainty, instances)


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
    numbers: NDArray[np.uint16],
    labels: NDArray[np.uint8],
    certainty: NDArray[np.float32],
    instances: NDArray[np.uint16],
) -> None:
    """Write each group's class, its probability and its number into its pixels."""
    height, width = groups.shape
    for r in range(height):
        for c in range(width):
            g = groups[r, c] - 1
            if g >= 0:
                labels[r, c] = chosen[g]
                certainty[r, c] = chance[g]
                instances[r, c] = numbers[g]
