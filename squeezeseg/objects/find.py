"""Objects of a range image: ground, groups of pixels, a class for each."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import RangeImage
from squeezeseg.objects.candidates import find_groups
from squeezeseg.objects.classifier import IS_PERSON, ObjectClassifier, decide
from squeezeseg.objects.features import describe
from squeezeseg.objects.ground import find_ground
from squeezeseg.objects.grouping import group
from squeezeseg.objects.workspace import ObjectsWorkspace

SKIRT = 0.6
"""Metres from an object's lowest pixel down to the ground pixels that its label may have run out on."""
WITHIN = 0.5
"""Metres between parts of one object, whose paint or glass may have swallowed what is between them."""
BETWEEN = 12
"""Pixels that may be missing there."""
MIN_PIXELS = 4
"""Pixels of an object: fewer have its class, and no number."""
_MAX_INSTANCES = np.iinfo(np.uint16).max


def find_objects(
    image: RangeImage,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    classifier: ObjectClassifier | None,
    workspace: ObjectsWorkspace | None = None,
) -> ObjectsWorkspace:
    """Give all pixels of an object one class, and a number of their own.

    Args:
        image: a scan's.
        probabilities: (C, H, W) float32, the network's.
        labels: (H, W) uint8, decided pixel by pixel.
        classifier: decides the class of each group of pixels; without one, no objects are found.
        workspace: to work in, of which the answer is then part. Default: new arrays.

    Returns:
        The workspace, whose labels, certainty, instances and, with a classifier, level are the answer. A group that the
        classifier calls background is no object, and its pixels are background. Pixels that belong to no group keep
        their labels.
    """
    workspace = workspace or ObjectsWorkspace.for_images(*image.sensor.shape)
    labels_in, labels, certainty, instances = labels, workspace.labels, workspace.certainty, workspace.instances
    np.copyto(labels, labels_in)
    pick(probabilities, labels, image.mask, certainty)
    instances.fill(0)
    if classifier is None:
        return workspace
    ground, level = find_ground(image, workspace)
    groups, structure = find_groups(image, probabilities, ground, workspace)
    if len(structure):
        chances = classifier(describe(image, probabilities, level, groups, structure, workspace))
        chosen, chance = np.empty(len(chances), np.uint8), np.empty(len(chances), np.float32)
        decide(chances, IS_PERSON, chosen, chance)
        extend(image.channels, ground, labels, SKIRT, groups)
        assign(groups, chosen, chance, labels, certainty, workspace.kind)
        # Groups of one class that are near are one object.
        count, members = group(
            image.channels,
            workspace.kind,
            image.sensor,
            workspace.objects,
            workspace.members,
            near=WITHIN,
            pixels=BETWEEN,
        )
        renumber(workspace.objects, members, count, MIN_PIXELS, instances)
    return workspace


@njit(cache=True, nogil=True)
def renumber(
    objects: NDArray[np.int32],
    members: NDArray[np.int32],
    count: int,
    least: int,
    instances: NDArray[np.uint16],
) -> None:
    """Write the objects of at least so many pixels into `instances`, which is all 0, numbered from 1 in their order.

    members: the pixels of any object.
    """
    of_pixel, out = objects.reshape(-1), instances.reshape(-1)
    pixels = np.zeros(count + 1, np.int32)
    for i in members:
        pixels[of_pixel[i]] += 1
    numbers, last = np.zeros(count + 1, np.uint16), 0
    for k in range(1, count + 1):
        if pixels[k] >= least and last < _MAX_INSTANCES:
            last += 1
            numbers[k] = last
    for i in members:
        out[i] = numbers[of_pixel[i]]


@njit(cache=True, nogil=True)
def pick(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    certainty: NDArray[np.float32],
) -> None:
    """Fill `certainty` with each pixel's probability of its label, 0 where there is no return."""
    chances, flat_mask = probabilities.reshape(len(probabilities), -1), mask.reshape(-1)
    flat_labels, out = labels.reshape(-1), certainty.reshape(-1)
    for i in range(out.size):
        out[i] = chances[flat_labels[i], i] if flat_mask[i] else np.float32(0)


@njit(cache=True, nogil=True)
def extend(
    channels: NDArray[np.float32],
    ground: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    skirt: float,
    groups: NDArray[np.int32],
) -> None:
    """Extend groups downwards: ground pixels that are labelled as objects join the group right above them."""
    width = groups.shape[1]
    flat_ground, flat_labels, of_pixel = ground.reshape(-1), labels.reshape(-1), groups.reshape(-1)
    flat = channels.reshape(5, -1)
    for i in range(width, of_pixel.size):
        if not (flat_ground[i] and flat_labels[i] != BACKGROUND):
            continue
        for step in range(1, 4):
            above = i - step * width
            if above < 0:
                break
            if of_pixel[above] > 0:
                dx, dy, dz = flat[0, i] - flat[0, above], flat[1, i] - flat[1, above], flat[2, i] - flat[2, above]
                if dx * dx + dy * dy + dz * dz <= skirt * skirt:
                    of_pixel[i] = of_pixel[above]
                break


@njit(cache=True, nogil=True)
def assign(
    groups: NDArray[np.int32],
    chosen: NDArray[np.uint8],
    chance: NDArray[np.float32],
    labels: NDArray[np.uint8],
    certainty: NDArray[np.float32],
    kind: NDArray[np.uint8],
) -> None:
    """Write each group's class and its probability into its pixels; and into `kind` its class, 0 for no group."""
    of_pixel, flat_kind = groups.reshape(-1), kind.reshape(-1)
    flat_labels, flat_certainty = labels.reshape(-1), certainty.reshape(-1)
    for i in range(of_pixel.size):
        g = of_pixel[i] - 1
        flat_kind[i] = 0
        if g >= 0:
            flat_kind[i] = flat_labels[i] = chosen[g]
            flat_certainty[i] = chance[g]
