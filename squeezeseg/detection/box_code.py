"""Boxes as a cell of the range image tells them: numbers that don't change when the scan is turned, and back.

The geometry of SqueezeDet's ConvDet (Wu et al., arXiv 1612.01051) has anchors in the image. Here a cell knows where
what it shows lies, so the box is told from there: no anchors, and no range that must be guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from data.labels import CAR, CYCLIST, OBJECT_CLASSES, PEDESTRIAN
from squeezeseg.networks.box_cells import NUMBERS

MEANS: Mapping[int, tuple[float, float, float]] = {
    CAR: (3.9, 1.6, 1.56),
    PEDESTRIAN: (0.8, 0.6, 1.73),
    CYCLIST: (1.76, 0.6, 1.73),
}
"""Length, width and height in metres that objects of each class have on average (OpenPCDet's anchors for KITTI)."""
_MEANS = np.array([MEANS.get(k, (1.0, 1.0, 1.0)) for k in range(OBJECT_CLASSES[-1] + 1)])
_LARGEST = 3.0
"""Of a logarithm that is decoded: twenty times the mean."""


def encode(
    boxes: NDArray[np.float64], classes: NDArray[np.integer], places: NDArray[np.floating]
) -> NDArray[np.float64]:
    """What cells should tell of boxes: (N, `NUMBERS`) float64.

    Away, aside and up to the centre; ln of length, width and height over the mean; sine and cosine of twice the yaw
    less the azimuth. Twice, for front and back of a scanned object look alike: told apart, the mean of both guesses
    would point nowhere. So the yaw that comes back is the box's or the opposite.

    boxes: (N, 7), x, y and z of the centre, length, width, height, yaw. classes: (N,) ids. places: (N, 3) of the cells.
    """
    azimuth = np.arctan2(places[:, 1], places[:, 0])
    cos, sin = np.cos(azimuth), np.sin(azimuth)
    dx, dy, dz = (boxes[:, :3] - places).T
    turn = 2 * (boxes[:, 6] - azimuth)
    sizes = np.log(np.maximum(boxes[:, 3:6], 1e-3) / _MEANS[classes])
    codes = np.column_stack([dx * cos + dy * sin, dy * cos - dx * sin, dz, sizes, np.sin(turn), np.cos(turn)])
    assert codes.shape[1] == NUMBERS
    return codes


def decode(
    codes: NDArray[np.floating], classes: NDArray[np.integer], places: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The boxes (N, 7) that cells tell, yaw -90 to 90 degrees; the inverse of `encode`, whose arguments these are."""
    codes, places = codes.astype(np.float64), places.astype(np.float64)
    azimuth = np.arctan2(places[:, 1], places[:, 0])
    cos, sin = np.cos(azimuth), np.sin(azimuth)
    away, aside, up = codes[:, :3].T
    middle = places + np.column_stack([away * cos - aside * sin, away * sin + aside * cos, up])
    sizes = _MEANS[classes] * np.exp(np.clip(codes[:, 3:6], -_LARGEST, _LARGEST))
    yaw = np.arctan2(codes[:, 6], codes[:, 7]) / 2 + azimuth
    return np.column_stack([middle, sizes, half_turn(yaw)])


def half_turn(yaw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Yaws in radians as -90 to 90 degrees: of a heading or of the opposite."""
    return np.asarray((yaw + np.pi / 2) % np.pi - np.pi / 2)
