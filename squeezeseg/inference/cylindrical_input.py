"""The network's input in the cylindrical encoding: a full turn in one piece, or a front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from crf import Coordinates
from projection import RangeImage, Sectors
from squeezeseg.networks import encoding

Float32 = NDArray[np.float32]

_TO_HEIGHT = np.float32(1 / encoding.HALF_HEIGHT)
_TO_FINE_HEIGHT = np.float32(1 / encoding.FINE_HEIGHT)
_TO_DISTANCE = np.float32(1 / encoding.HALF_DISTANCE)
_TO_FINE_DISTANCE = np.float32(1 / encoding.FINE_DISTANCE)
_LARGEST, _STEP = np.float32(encoding.LARGEST), np.float32(encoding.STEP)
_GROUND, _MIDDLE = np.float32(encoding.GROUND), np.float32(encoding.MIDDLE_RANGE)


@dataclass(frozen=True, eq=False)
class CylindricalInput:
    """Fills the input of a network that sees no azimuth with the range images of a sensor.

    sectors: of the images. mean, scale: (5,) float32, of the CRF's coordinates, subtracted and multiplied by.
    raised: metres that the sensor sits higher than that of training.
    turn: columns of the full turn whose ends the engine lets meet; 0 for none.
    """

    sectors: Sectors
    mean: Float32
    scale: Float32
    raised: float
    turn: int = 0

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(B, C, H, S) of the network's input."""
        count, _, height, size = self.sectors.shape
        return count, len(encoding.CYLINDRICAL), height, size

    def fill(self, image: RangeImage, out: Float32 | NDArray[np.int8], masks: NDArray[np.bool_]) -> None:
        """Write the network input (B, 8, H, S), and where it shows returns (B, H, S).

        The input is whole steps, which int8 holds as such.
        """
        sectors, step = self.sectors, np.float32(1) if out.dtype == np.int8 else _STEP
        _show(image.channels, sectors.starts, sectors.shown, np.float32(self.raised), step, out, masks)

    def coordinates(self, image: RangeImage) -> Coordinates:
        """The CRF's coordinates, normalised, but for the sensor's height, which changes no distance."""
        return Coordinates.of(image.channels[None], self.sectors.starts, self.mean, self.scale)


# The kernels are loops over contiguous rows, of which LLVM makes vector code.


@njit(cache=True, nogil=True)
def _show(channels, starts, shown, raised, step, out, masks):  # type: ignore[no-untyped-def]
    _, height, width = channels.shape
    count, kinds, _, size = out.shape
    for k in range(count):
        for r in range(height):
            s, c = 0, starts[k]
            while s < shown:
                n = min(shown - s, width - c)
                z, intensity, away = channels[2, r, c : c + n], channels[3, r, c : c + n], channels[4, r, c : c + n]
                _seen(away, intensity, step, masks[k, r, s : s + n], out[k, 0, r, s : s + n], out[k, 1, r, s : s + n])
                _height(z, away, raised, step, out[k, 2, r, s : s + n], out[k, 3, r, s : s + n])
                _range(
                    z, away, step, out[k, 4, r, s : s + n], out[k, 5, r, s : s + n],
                    out[k, 6, r, s : s + n], out[k, 7, r, s : s + n],
                )  # fmt: skip
                s, c = s + n, 0
            for s in range(shown, size):
                masks[k, r, s] = False
                for channel in range(kinds):
                    out[k, channel, r, s] = 0


@njit(cache=True, nogil=True)
def _seen(away, intensity, step, mask, bright, seen):  # type: ignore[no-untyped-def]
    zero, one = np.float32(0), np.float32(1)
    for j in range(away.size):
        held = away[j] > zero
        mask[j] = held
        bright[j] = _whole(min(max(intensity[j], zero), one), step) if held else zero
        seen[j] = _whole(one, step) if held else zero


@njit(cache=True, nogil=True)
def _height(z, away, raised, step, coarse, fine):  # type: ignore[no-untyped-def]
    zero, one = np.float32(0), np.float32(1)
    for j in range(away.size):
        held = away[j] > zero
        height = z[j] + raised
        coarse[j] = _whole(min(max((height + _GROUND) * _TO_HEIGHT, -one), one), step) if held else zero
        fine[j] = _whole(_triangle(height * _TO_FINE_HEIGHT), step) if held else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _range(z, away, step, distance, middle, fine, shifted):  # type: ignore[no-untyped-def]
    zero, one = np.float32(0), np.float32(1)
    for j in range(away.size):
        held = away[j] > zero
        ground = np.sqrt(max(away[j] * away[j] - z[j] * z[j], zero))
        share = ground * _TO_FINE_DISTANCE
        distance[j] = _whole(min(ground * _TO_DISTANCE - one, one), step) if held else zero
        middle[j] = _whole((away[j] - _MIDDLE) / (away[j] + _MIDDLE), step) if held else zero
        fine[j] = _whole(_triangle(share), step) if held else zero
        shifted[j] = _whole(_triangle(share + np.float32(0.25)), step) if held else zero


@njit(cache=True, nogil=True, inline="always")
def _whole(value, step):  # type: ignore[no-untyped-def]
    """The nearest of the steps."""
    return np.floor(value * _LARGEST + np.float32(0.5)) * step


@njit(cache=True, nogil=True, inline="always")
def _triangle(turns):  # type: ignore[no-untyped-def]
    part = turns - np.floor(turns)
    return abs(part * np.float32(4) - np.float32(2)) - np.float32(1)
