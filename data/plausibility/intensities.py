"""The unit of intensities, told by their distribution.

Files hold reflectances of 0..1 (KITTI), 0..100, bytes, counts of 12 or 16 bits, decibels, or nothing. One stray value
says nothing about the unit, so the largest thousandth is left aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SAMPLE = 16_384
_STRAY = 1e-3
"""Share of the values on each side that may be anything."""
_LEAST = 0.5
"""Values that reach no more than this share of a scale of 100 may as well be bytes of a dark scene."""
_BELOW_ZERO = -0.01
_BRIGHTEST = 1.5
"""Of reflectances of 0..1: a mirror's is a little above."""
_FIRST = 3
_MANY = 4_000
"""Intensities that are all the same are none, if there are so many; fewer may be of one surface."""


@dataclass(frozen=True)
class IntensityScale:
    """Brings intensities to 0..1: those of `span` become 1. Where the span is infinite, all become 0."""

    span: float

    def apply(self, values: NDArray[np.float32]) -> None:
        """Bring values to 0..1, in place; what lies beyond becomes 0 or 1, and what is no number 0."""
        with np.errstate(all="ignore"):
            np.divide(values, np.float32(self.span), out=values)
        np.nan_to_num(values, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
        np.clip(values, 0.0, 1.0, out=values)


UNIT = IntensityScale(1.0)
"""0..1 already."""
NONE = IntensityScale(np.inf)
"""Of what is no reflectance: networks are trained to do without, where all are 0."""


def intensity_scale(values: NDArray[np.floating]) -> IntensityScale | None:
    """The scale of intensities (N,); None where they don't tell: too few, all the same, or only whole 0s and 1s.

    Negative ones, such as decibels, are no reflectances: spread over 0..1 they cost all pedestrians, left aside few.
    """
    values = sample(values)
    if len(values) < 2:
        return None
    low, high = _ends(values)
    whole = bool(np.all(values % 1 == 0))
    same = high == low and (len(values) >= _MANY or high <= 1)
    if same or (whole and low >= 0 and high <= 1):
        return None
    if low < _BELOW_ZERO:
        return NONE
    if high <= _BRIGHTEST and not whole:
        return UNIT
    if len(values) >= _MANY and _LEAST * 100 < high <= 100 and float(values.max()) <= 100:
        return IntensityScale(span=100.0)
    # Bytes, or else the fewest bits that hold them: detectors count with 10, 12 or 16.
    bits = 8
    while 2**bits - 1 < high:
        bits += 1
    return IntensityScale(span=float(2**bits - 1))


def sample(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Some of the finite values, evenly spread."""
    values = values[:: max(len(values) // _SAMPLE, 1)].astype(np.float64)
    return np.asarray(values[np.isfinite(values)])


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the largest value, strays aside."""
    stray = int(np.ceil(_STRAY * len(values)))
    if len(values) < 2 / _STRAY:
        return float(values.min()), float(values.max())
    ordered = np.partition(values, (stray, len(values) - 1 - stray))
    return float(ordered[stray]), float(ordered[-1 - stray])


class IntensityMemory:
    """The scale of a stream of scans, of which some don't tell it. What one has told holds until one tells otherwise.

    scale: the last that was told.
    """

    def __init__(self) -> None:
        self.scale = UNIT
        self._scans = 0

    def settle(self, shown: NDArray[np.float32], values: NDArray[np.floating]) -> bool:
        """Bring intensities that are shown of a scan, of whatever shape, to 0..1 in place. False if they were it.

        values (N,): those of the scan, looked at for its first scans and where `shown` goes beyond 0..1.
        """
        self._scans += 1
        settled = self.scale == UNIT and float(shown.min(initial=0)) >= 0 and float(shown.max(initial=0)) <= 1
        if settled and (self._scans > _FIRST or self.learn(values) == UNIT):
            return False
        (self.scale if settled else self.learn(values)).apply(shown)
        return True

    def learn(self, values: NDArray[np.floating]) -> IntensityScale:
        """The scale for the intensities (N,) of the next scan."""
        told = intensity_scale(values)
        if told is None:
            found = sample(values)
            if self.scale == UNIT and len(found) >= _MANY and found.min() == found.max() != 0:
                self.scale = NONE
            return self.scale
        if not _alike(told, self.scale):
            self.scale = told
        return self.scale


def _alike(one: IntensityScale, other: IntensityScale) -> bool:
    """True if two scans of one sensor may have these: a darker one needs fewer bits, a brighter one more."""
    spans = one.span, other.span
    return one == other or (min(spans) > 1 and max(spans) < 5 * min(spans))
