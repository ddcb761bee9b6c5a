"""Back-projection: values of pixels, such as labels, to the points that fell into them."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection.range_image import RangeImage

T = TypeVar("T", bound=np.generic)


def back_project(
    values: NDArray[T],
    image: RangeImage,
    fill: int | float = 255,
    *,
    neighbours: int = 0,
    gap: float = 1.0,
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
    height, width = values.shape
    flat = ranges.reshape(-1)
    nearest = np.empty(neighbours, np.float32)  # differences in range, growing
    voters = np.empty(neighbours, values.dtype)
    for i in range(pixel.shape[0]):
        if pixel[i] < 0 or distance[i] - flat[pixel[i]] <= gap:
            continue
        row, column = pixel[i] // width, pixel[i] % width
        found = 0
        for r in range(max(row - 2, 0), min(row + 3, height)):
            for offset in range(-2, 3):
                c = column + offset
                if wrap:
                    c = (c + width) % width
                elif c < 0 or c >= width:
                    continue
                difference = abs(ranges[r, c] - distance[i])
                if ranges[r, c] == 0.0 or difference > gap:
                    continue
                if found == neighbours and difference >= nearest[found - 1]:
                    continue
                k = min(found, neighbours - 1)
                while k > 0 and nearest[k - 1] > difference:
                    nearest[k], voters[k] = nearest[k - 1], voters[k - 1]
                    k -= 1
                nearest[k], voters[k] = difference, values[r, c]
                found = min(found + 1, neighbours)
        best = 0
        for k in range(found):
            votes = 0
            for other in range(found):
                votes += voters[other] == voters[k]
            if votes > best:
                best = votes
                out[i] = voters[k]
