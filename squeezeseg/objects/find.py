"""Objects of a range image: ground, groups of pixels, a class for each."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import RangeImage
from squeezeseg.objects.bits import ALL, ONE, WORD, count, within
from squeezeseg.objects.candidates import group_pixels
from squeezeseg.objects.chances import weigh_pixels
from squeezeseg.objects.classifier import IS_PERSON, ObjectClassifier, decide
from squeezeseg.objects.features import describe
from squeezeseg.objects.ground import find_ground
from squeezeseg.objects.grouping import NEAR, group
from squeezeseg.objects.workspace import ObjectsWorkspace

SKIRT = 0.6
"""Metres from an object's lowest pixel down to the ground pixels that its label may have run out on."""
WITHIN = 0.5
"""Metres between parts of one object, whose paint or glass may have swallowed what is between them."""
BETWEEN = 12
"""Pixels that may be missing there."""
MIN_PIXELS = 4
"""Pixels of an object: fewer have its class, and no number."""
_BLOCK = 64
"""Pixels that are passed over at once where no ground is labelled as an object."""
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
    instances.fill(0)
    weigh_pixels(image, probabilities, labels, workspace)
    if classifier is None:
        return workspace
    ground, level = find_ground(image, workspace)
    groups, structure = group_pixels(image, ground, workspace)
    if groups.count:
        chances = classifier(describe(image, probabilities, level, groups, structure))
        chosen, chance = np.empty(len(chances), np.uint8), np.empty(len(chances), np.float32)
        decide(chances, IS_PERSON, chosen, chance)
        work = workspace
        size = extend(
            image.channels, ground, labels, SKIRT, work.members, work.firsts, work.ranks, work.skirt, work.skirt_run
        )
        assign(
            groups.starts, groups.stops, groups.groups, work.skirt[:size], work.skirt_run,
            chosen, chance, labels, certainty, work.kinds,
        )  # fmt: skip
        # Groups of one class that are near are one object.
        objects = group(
            image.channels, image.sensor, work, work.kinds, work.objects, linked=NEAR, near=WITHIN, pixels=BETWEEN
        )
        renumber(objects.starts, objects.stops, objects.groups, objects.count, MIN_PIXELS, instances)
    return workspace


@njit(cache=True, nogil=True)
def renumber(
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    objects: NDArray[np.int32],
    count: int,
    least: int,
    instances: NDArray[np.uint16],
) -> None:
    """Write the objects of at least so many pixels into `instances`, which is all 0, numbered from 1 in their order.

    starts, stops, objects: of runs.
    """
    out = instances.reshape(-1)
    pixels = np.zeros(count + 1, np.int32)
    for k in range(len(objects)):
        pixels[objects[k]] += stops[k] - starts[k]
    numbers, last = np.zeros(count + 1, np.uint16), 0
    for n in range(1, count + 1):
        if pixels[n] >= least and last < _MAX_INSTANCES:
            last += 1
            numbers[n] = last
    for k in range(len(objects)):
        out[starts[k] : stops[k]] = numbers[objects[k]]


@njit(cache=True, nogil=True)
def extend(
    channels: NDArray[np.float32],
    ground: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    skirt: float,
    members: NDArray[np.uint64],
    firsts: NDArray[np.uint64],
    ranks: NDArray[np.int32],
    extended: NDArray[np.int32],
    run_of: NDArray[np.int32],
) -> int:
    """Extend groups downwards: ground pixels that are labelled as objects join the group right above them.

    members, firsts, ranks: of the groups, see `join`; the members get those pixels, `extended` lists them, and `run_of`
    (H, W) tells the run that each of them belongs to.

    Returns:
        How many there are.
    """
    width, size = labels.shape[1], 0
    flat_ground, flat_labels = ground.reshape(-1), labels.reshape(-1)
    flat, flat_run = channels.reshape(5, -1), run_of.reshape(-1)
    for start in range(width, flat_labels.size, _BLOCK):
        stop = min(start + _BLOCK, flat_labels.size)
        if not _any_labelled(flat_ground[start:stop], flat_labels[start:stop]):
            continue
        for i in range(start, stop):
            extended[size] = i
            size += flat_ground[i] & (flat_labels[i] != BACKGROUND)
    found = 0
    for i in extended[:size]:
        r = i // width
        c = i - r * width
        word, bit = c // WORD, np.uint64(c % WORD)
        for step in range(1, min(r, 3) + 1):
            if (members[r - step, word] >> bit) & ONE == 0:
                continue
            above = i - step * width
            dx, dy, dz = flat[0, i] - flat[0, above], flat[1, i] - flat[1, above], flat[2, i] - flat[2, above]
            if dx * dx + dy * dy + dz * dz <= skirt * skirt:
                if flat_ground[above]:
                    flat_run[i] = flat_run[above]  # has joined it before
                else:
                    before = count(firsts[r - step, word] & (ALL >> np.uint64(WORD - 1) - bit))
                    flat_run[i] = ranks[r - step, word] + before - 1
                members[r, word] |= ONE << bit
                extended[found] = i
                found += 1
            break
    return found


# Without a branch, so that it becomes vector code.
@njit(cache=True, nogil=True)
def _any_labelled(ground, labels):  # type: ignore[no-untyped-def]
    found = False
    for i in range(labels.size):
        found |= ground[i] & (labels[i] != BACKGROUND)
    return found


@njit(cache=True, nogil=True)
def assign(
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    groups: NDArray[np.int32],
    extended: NDArray[np.int32],
    run_of: NDArray[np.int32],
    chosen: NDArray[np.uint8],
    chance: NDArray[np.float32],
    labels: NDArray[np.uint8],
    certainty: NDArray[np.float32],
    kinds: NDArray[np.uint64],
) -> None:
    """Write each group's class and its probability into its pixels; and into `kinds` (P, H, K) its class.

    starts, stops, groups: of runs. extended: flat pixels that belong to the group of the run that `run_of` tells.
    """
    width = labels.shape[1]
    flat_labels, flat_certainty, flat_run = labels.reshape(-1), certainty.reshape(-1), run_of.reshape(-1)
    kinds[:] = 0
    r = row = 0  # a row, and the number of its first pixel
    for k in range(len(starts)):
        start, stop, g = starts[k], stops[k], groups[k] - 1
        for i in range(start, stop):
            flat_labels[i] = chosen[g]
            flat_certainty[i] = chance[g]
        while start >= row + width:
            r, row = r + 1, row + width
        _mark(kinds, r, start - row, stop - row, chosen[g])
    for i in extended:
        g = groups[flat_run[i]] - 1
        flat_labels[i] = chosen[g]
        flat_certainty[i] = chance[g]
        r = i // width
        _mark(kinds, r, i - r * width, i - r * width + 1, chosen[g])


@njit(cache=True, nogil=True)
def _mark(kinds, r, start, stop, kind):  # type: ignore[no-untyped-def]
    """Write a kind into columns start to stop of row r, which are 0."""
    for plane in range(len(kinds)):
        if kind >> plane & 1:
            for word in range(start // WORD, (stop - 1) // WORD + 1):
                kinds[plane, r, word] |= within(start, stop, word)
