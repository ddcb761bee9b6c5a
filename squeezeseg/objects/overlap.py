"""How far boxes overlap, seen from above and in 3D."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.boxes import Box


def footprints(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(B, 5): x, y, length, width and yaw of each box."""
    return np.array([(*box.centre[:2], *box.size[:2], box.yaw) for box in boxes], np.float64).reshape(-1, 5)


def volumes(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(B, 7): x, y and z of each box's centre, length, width, height and yaw."""
    return np.array([(*box.centre, *box.size, box.yaw) for box in boxes], np.float64).reshape(-1, 7)


def ious(ones: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """IoU of each of some boxes (N, 7) with each of others (M, 7), see `volumes`: seen from above, and in 3D.

    Both are (N, M), 0 to 1.
    """
    above, whole = np.zeros((len(ones), len(others))), np.zeros((len(ones), len(others)))
    _fill_ious(ones, others, above, whole)
    return above, whole


@njit(cache=True, nogil=True)
def _fill_ious(ones, others, above, whole):  # type: ignore[no-untyped-def]
    seen = np.array([0, 1, 3, 4, 6])
    for i in range(len(ones)):
        one = ones[i]
        area = one[3] * one[4]
        for j in range(len(others)):
            other = others[j]
            common = common_area(one[seen], other[seen])
            if common == 0:
                continue
            other_area = other[3] * other[4]
            above[i, j] = common / max(area + other_area - common, 1e-9)
            top = min(one[2] + one[5] / 2, other[2] + other[5] / 2)
            bottom = max(one[2] - one[5] / 2, other[2] - other[5] / 2)
            common *= max(top - bottom, 0.0)
            whole[i, j] = common / max(area * one[5] + other_area * other[5] - common, 1e-9)


@njit(cache=True, nogil=True)
def common_area(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Square metres that two footprints (5,) have in common.

    Sutherland and Hodgman, Reentrant polygon clipping, CACM 1974: one is cut along each of the other's sides.
    """
    reach = 0.5 * (np.hypot(one[2], one[3]) + np.hypot(other[2], other[3]))
    if np.hypot(one[0] - other[0], one[1] - other[1]) >= reach:
        return 0.0
    # In the frame of the other, whose sides are |x| = length / 2 and |y| = width / 2.
    turn = one[4] - other[4]
    cos, sin, c, s = np.cos(turn), np.sin(turn), np.cos(other[4]), np.sin(other[4])
    dx, dy = one[0] - other[0], one[1] - other[1]
    middle = np.array([dx * c + dy * s, dy * c - dx * s])
    shape, cut = np.empty((8, 2)), np.empty((8, 2))
    for k in range(4):
        ahead = 0.5 * one[2] * (1 if k in (0, 3) else -1)
        left = 0.5 * one[3] * (1 if k in (0, 1) else -1)
        shape[k, 0] = middle[0] + ahead * cos - left * sin
        shape[k, 1] = middle[1] + ahead * sin + left * cos
    corners = 4
    for axis in range(2):
        for side in (-1.0, 1.0):
            count = 0
            for k in range(corners):
                here, there = shape[k], shape[(k + 1) % corners]
                # Metres inside this side of the other.
                a, b = 0.5 * other[2 + axis] - side * here[axis], 0.5 * other[2 + axis] - side * there[axis]
                if a >= 0:
                    cut[count] = here
                    count += 1
                if (a > 0 > b) or (a < 0 < b):
                    cut[count] = here + (there - here) * (a / (a - b))
                    count += 1
            shape, cut, corners = cut, shape, count
    area = 0.0
    for k in range(corners):
        here, there = shape[k], shape[(k + 1) % corners]
        area += 0.5 * (here[0] * there[1] - there[0] * here[1])
    return max(area, 0.0)


@njit(cache=True, nogil=True)
def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Share, 0 to 1, of the smaller of two footprints (5,) that lies on the other."""
    smaller = min(one[2] * one[3], other[2] * other[3])
    return float(common_area(one, other) / max(smaller, 1e-9))


@njit(cache=True, nogil=True)
def first_come(shapes: NDArray[np.float64], classes: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Which of the footprints (B, 5) stay, if each takes the place of later ones of its class: (B,) bool.

    classes: (B,) class ids. A footprint goes if its `overlap` with one that stays is more than `share`.
    """
    stays = np.ones(len(shapes), np.bool_)
    for i in range(len(shapes)):
        for j in range(i):
            if stays[j] and classes[i] == classes[j]:
                stays[i] = overlap(shapes[i], shapes[j]) <= share
                if not stays[i]:
                    break
    return stays
