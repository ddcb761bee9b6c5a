"""Chances of pixels: which may be an object's, and how certain their labels are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import BACKGROUND
from projection import RangeImage
from squeezeseg.objects.bits import WORD, pack
from squeezeseg.objects.classifier import IS_PERSON
from squeezeseg.objects.workspace import ObjectsWorkspace

FAINT = 0.08
"""Probability of being any object above which a pixel is looked at."""
_BLOCK = 4 * WORD
"""Pixels of which only background's probability is read, if they are all surely background."""


def weigh_pixels(
    image: RangeImage, probabilities: NDArray[np.float32], labels: NDArray[np.uint8], workspace: ObjectsWorkspace
) -> None:
    """Fill the workspace's `maybe`, `person` and `certainty`, of probabilities (C, H, W) and labels (H, W)."""
    work = workspace
    weigh(probabilities, labels, image.mask, np.float32(1 - FAINT), IS_PERSON, work.maybe, work.person, work.certainty)


@njit(cache=True, nogil=True)
def weigh(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    sure: np.float32,
    is_person: NDArray[np.bool_],
    maybe: NDArray[np.uint64],
    person: NDArray[np.uint64],
    certainty: NDArray[np.float32],
) -> None:
    """Fill `maybe` (H, K), pixels that may be an object's, and `person` (H, K), which of them are rather a person's.

    And `certainty` (H, W), each pixel's probability of its label (H, W), 0 where there is no return. All in one read of
    the probabilities, of which only background's are looked at where a block of pixels is surely background.

    sure: probability of background from which on a pixel is no object's. is_person: (C,), whether a class is one's.
    """
    classes, height, width = probabilities.shape
    row = np.zeros((2, maybe.shape[1] * WORD), np.uint8)
    others = np.empty((2, _BLOCK), np.float32)  # the sums of vehicles, and of people
    for r in range(height):
        for start in range(0, width, _BLOCK):
            stop = min(start + _BLOCK, width)
            seen, chosen, out = mask[r, start:stop], labels[r, start:stop], certainty[r, start:stop]
            if not _background(probabilities[BACKGROUND, r, start:stop], seen, chosen, sure, row[0, start:stop], out):
                continue
            _clear(others)
            for k in range(BACKGROUND + 1, classes):
                values = probabilities[k, r, start:stop]
                _add(values, others[np.int64(is_person[k])])
                _pick(values, seen, chosen, np.uint8(k), out)
            _greater(others[1], others[0], row[1, start:stop])
        pack(row[0], maybe[r])
        pack(row[1], person[r])


# Without a branch, so that they become vector code.
@njit(nogil=True)
def _background(values, mask, labels, sure, maybe, certainty):  # type: ignore[no-untyped-def]
    """What background's probabilities tell; True if other classes' must be looked at."""
    others = False
    for c in range(values.size):
        unsure = values[c] < sure
        maybe[c] = np.uint8(unsure)
        certainty[c] = values[c] if mask[c] else np.float32(0)
        others |= unsure | (labels[c] != BACKGROUND)
    return others


@njit(nogil=True)
def _clear(out):  # type: ignore[no-untyped-def]
    flat = out.reshape(-1)
    for c in range(flat.size):
        flat[c] = np.float32(0)


@njit(nogil=True)
def _add(values, total):  # type: ignore[no-untyped-def]
    for c in range(values.size):
        total[c] += values[c]


@njit(nogil=True)
def _greater(one, other, out):  # type: ignore[no-untyped-def]
    for c in range(out.size):
        out[c] = np.uint8(one[c] > other[c])


@njit(nogil=True)
def _pick(values, mask, labels, label, certainty):  # type: ignore[no-untyped-def]
    for c in range(values.size):
        value, old = values[c], certainty[c]
        certainty[c] = value if mask[c] & (labels[c] == label) else old
