"""Back-projection: values of pixels, such as labels, to the points that fell into them."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.range_image import RangeImage

T = TypeVar("T", bound=np.generic)

GAP = 1.0
"""Metres behind its pixel's point from which on a point is hidden."""


def back_project(
    values: NDArray[T],
    image: RangeImage,
    fill: int | float = 255,
    *,
    neighbours: int = 0,
    gap: float = GAP,
    out: NDArray[T] | None = None,
) -> NDArray[T]:
    """Give every point of the image's scan the value of its pixel.

    values: (H, W), for instance labels.
    fill: what a point outside the view, or without a return, gets.
    neighbours: 0 gives a point that lost its pixel the winner's value. K > 0 lets those of them that are
        more than `gap` metres from the winner vote instead: of the pixels in the 5 x 5 window, the K with
        the range nearest to the point's, if within `gap`, the most frequent value wins, the nearest
        breaking ties. That needs integer values. (After RangeNet++, Milioto et al., IROS 2019, section
        III.D, which lets all points vote; ours changes only those whose pixel shows another surface.)
    out: (N,) of the dtype of `values`, for the answer. Default: a new array.

    Returns: (N,), of the dtype of `values`.
    """
    if values.shape != image.sensor.shape:
        raise ValueError(f"expected values {image.sensor.shape}, got {values.shape}")
    if neighbours > 0 and not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"only integer values can vote, got {values.dtype}")
    if out is None:
        out = np.empty(len(image.pixel), values.dtype)
    elif out.shape != image.pixel.shape or out.dtype != values.dtype:
        raise ValueError(f"out: expected {image.pixel.shape} {values.dtype}, got {out.shape} {out.dtype}")
    values = np.ascontiguousarray(values)
    _pick(values.reshape(-1), image.pixel, values.dtype.type(fill), out)
    if neighbours > 0:
        _vote(values, image.channels[4], image.pixel, image.distance, neighbours, gap, image.sensor.full_turn, out)
    return out


@njit(cache=True, nogil=True)
def back_project_objects(  # type: ignore[no-untyped-def]
    of_pixels, objects, certainty, ranges, pixel, distance, neighbours, wrap, fill, both, labels, confidence, instances,
):  # fmt: skip
    """Give points the label, certainty and object of their pixel, hidden ones the label and object that win the vote.

    of_pixels, objects, certainty: (H, W) uint8, uint16 and float32. ranges, pixel, distance: of the `RangeImage`.
    neighbours: see `back_project`. wrap: whether the image is a full turn. fill: the label of points without a pixel.
    both: (H, W) int32, to work in: label and object as one number, so that neighbours vote on both at once.
    labels, confidence, instances: (N,) uint8, float32 and uint16, to be filled.
    """
    flat_labels, flat_objects, flat_both = of_pixels.reshape(-1), objects.reshape(-1), both.reshape(-1)
    flat_certainty, flat_ranges = certainty.reshape(-1), ranges.reshape(-1)
    if neighbours > 0:
        for j in range(flat_both.size):
            flat_both[j] = np.int32(flat_objects[j]) << np.int32(8) | np.int32(flat_labels[j])
    nearest, voters = np.empty(neighbours, np.float32), np.empty(neighbours, np.int32)
    for i in range(labels.size):
        place = pixel[i]
        if place < 0:
            labels[i], confidence[i], instances[i] = fill, np.float32(0), 0
            continue
        confidence[i] = flat_certainty[place]
        if neighbours > 0 and distance[i] - flat_ranges[place] > GAP:
            place = _elected(both, ranges, place, distance[i], GAP, wrap, nearest, voters)
        labels[i], instances[i] = flat_labels[place], flat_objects[place]


@njit(cache=True, nogil=True)
def _pick(values: NDArray[Any], pixel: NDArray[np.int32], fill: Any, out: NDArray[Any]) -> None:
    for i in range(pixel.shape[0]):
        out[i] = values[pixel[i]] if pixel[i] >= 0 else fill


@njit(cache=True, nogil=True)
def _vote(
    values: NDArray[Any],
    ranges: NDArray[np.float32],
    pixel: NDArray[np.int32],
    distance: NDArray[np.float32],
    neighbours: int,
    gap: float,
    wrap: bool,
    out: NDArray[Any],
) -> None:
    flat, flat_values = ranges.reshape(-1), values.reshape(-1)
    nearest, voters = np.empty(neighbours, np.float32), np.empty(neighbours, np.int32)
    for i in range(pixel.shape[0]):
        if pixel[i] >= 0 and distance[i] - flat[pixel[i]] > gap:
            out[i] = flat_values[_elected(values, ranges, pixel[i], distance[i], gap, wrap, nearest, voters)]


@njit(cache=True, nogil=True)
def _elected(
    values: NDArray[Any],
    ranges: NDArray[np.float32],
    pixel: int,
    distance: float,
    gap: float,
    wrap: bool,
    nearest: NDArray[np.float32],
    voters: NDArray[np.int32],
) -> int:
    """The pixel whose value the vote of `back_project` gives to a hidden point; its own where there are no voters.

    nearest, voters: (K,), to work in: differences in range, growing, and the pixels they belong to.
    """
    height, width = values.shape
    flat = values.reshape(-1)
    row, column = pixel // width, pixel % width
    if _agree(values, row, column, wrap):
        return pixel
    found = 0
    for r in range(max(row - 2, 0), min(row + 3, height)):
        for offset in range(-2, 3):
            c = column + offset
            if wrap:
                c = (c + width) % width
            elif c < 0 or c >= width:
                continue
            difference = abs(ranges[r, c] - distance)
            if ranges[r, c] == 0.0 or difference > gap:
                continue
            if found == nearest.size and difference >= nearest[found - 1]:
                continue
            k = min(found, nearest.size - 1)
            while k > 0 and nearest[k - 1] > difference:
                nearest[k], voters[k] = nearest[k - 1], voters[k - 1]
                k -= 1
            nearest[k], voters[k] = difference, r * width + c
            found = min(found + 1, nearest.size)
    best, winner = 0, pixel
    for k in range(found):
        votes = 0
        for other in range(found):
            votes += flat[voters[other]] == flat[voters[k]]
        if votes > best:
            best, winner = votes, voters[k]
    return winner


@njit(cache=True, nogil=True)
def _agree(values: NDArray[Any], row: int, column: int, wrap: bool) -> bool:
    """True if all pixels of the window have one value, which then wins whoever votes: so it is for most."""
    height, width = values.shape
    own = values[row, column]
    for r in range(max(row - 2, 0), min(row + 3, height)):
        for offset in range(-2, 3):
            c = column + offset
            if c < 0 or c >= width:
                if not wrap:
                    continue
                c += width if c < 0 else -width
            if values[r, c] != own:
                return False
    return True
