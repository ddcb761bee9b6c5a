"""KITTI's .bin: x, y, z, reflectance as little-endian float32, nothing else; and the like of other data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats.points import PointFile, are_beam_numbers
from data.regular_file import open_regular
from projection.errors import InputError

POINT_BYTES = 16

_REFUSED = {
    ("<f4", 3): "three float32 a point, x y z without an intensity",
    ("<f4", 6): "six float32 a point",
    ("<f8", 3): "three float64 a point, x y z without an intensity",
    ("<f8", 4): "four float64 a point",
}
_NUSCENES = ("<f4", 5)
_KITTI = ("<f4", 4)
# A file has no header. But neighbours in it are neighbours in space: read right, the median step between points is at
# most 0.08 of the extent of a scan (real ones of five sensors, whose points come by beam or by firing); read as another
# layout, at least 0.12, for coordinates change places from point to point.
_SAMPLE = 2000
_FEWEST = 64
_SMOOTH, _CLEARLY = 0.1, 2.0
_NOISE, _FLAT = 0.01, 0.01
"""Metres, and a share of the widest extent: a coordinate that varies less, as z does on a flat floor, is noise."""
_FARTHEST = 10_000.0
"""Metres: coordinates beyond it are none."""


def read_bin(path: Path, *, rings: bool = False) -> PointFile:
    """Read x, y, z, intensity of a .bin as KITTI has it, and with a fifth number, the ring, as nuScenes has it.

    rings: whether a file that has too few points to tell is nuScenes'.

    Raises:
        InputError: the size is not a whole number of points, or the numbers are laid out in another way.
    """
    with open_regular(path) as file:
        data = np.fromfile(file, np.uint8)
    layout = _layout(data)
    if rings and data.size < 4 * _FEWEST * 5 and not _cut(data, *_NUSCENES):
        layout = _NUSCENES
    if layout in _REFUSED:
        raise InputError(
            f"{path}: looks like {_REFUSED[layout]}; a .bin has float32 x y z intensity: convert it, or save (N, 3 or "
            "more) numbers as .npy"
        )
    if layout == _NUSCENES:
        return _with_ring(data.view("<f4").reshape(-1, 5))
    if data.size % POINT_BYTES:
        raise InputError(
            f"{path}: {data.size} bytes are no multiple of {POINT_BYTES}, so the file is cut short or holds no "
            "float32 x y z intensity; copy it again"
        )
    return PointFile(data.view("<f4").astype(np.float32, copy=False).reshape(-1, 4))


def _with_ring(rows: NDArray[np.floating]) -> PointFile:
    points = np.ascontiguousarray(rows[:, :4], np.float32)
    # The fifth number is a ring in nuScenes, a time in others.
    fifth = rows[:, 4]
    return PointFile(points, fifth.astype(np.uint8) if are_beam_numbers(fifth) and fifth.any() else None)


def _layout(data: NDArray[np.uint8]) -> tuple[str, int]:
    """The type and count of a point's numbers: KITTI's, unless they are clearly others."""
    ours = _roughness(data, *_KITTI)
    if ours < _SMOOTH / _CLEARLY:
        return _KITTI
    others = {layout: _roughness(data, *layout) for layout in (_NUSCENES, *_REFUSED) if not _cut(data, *layout)}
    best = min(others, key=others.__getitem__, default=_KITTI)
    clear = best != _KITTI and others[best] < _SMOOTH and others[best] * _CLEARLY < ours
    return best if clear else _KITTI


def _cut(data: NDArray[np.uint8], kind: str, count: int) -> bool:
    return data.size % (np.dtype(kind).itemsize * count) != 0


def _roughness(data: NDArray[np.uint8], kind: str, count: int) -> float:
    """The median step between successive points of a sample, in extents of the sample; the largest of x, y and z.

    Infinite where the numbers are no coordinates, or too few.
    """
    size = np.dtype(kind).itemsize * count
    points = data.size // size
    if points < _FEWEST:
        return np.inf
    first = max(points - _SAMPLE, 0) // 2
    sample = data[first * size : (first + min(points, _SAMPLE)) * size].view(kind).reshape(-1, count)[:, :3]
    usable = np.all(np.abs(sample) < _FARTHEST, axis=1)  # False for NaN
    if usable.mean() < 0.9:
        return np.inf
    sample = sample[usable]
    low, high = np.percentile(sample, (5, 95), axis=0)
    steps = np.median(np.abs(np.diff(sample, axis=0)), axis=0)
    wide = high - low > max(_NOISE, _FLAT * np.max(high - low))
    return float(np.max(steps[wide] / (high - low)[wide])) if wide.any() else np.inf
