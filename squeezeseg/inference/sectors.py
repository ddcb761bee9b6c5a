"""What the network sees of a range image, and what its answers say of the image's pixels.

A front view is seen as it is. A full turn is seen as four fronts: each quarter turned ahead, with some of its
neighbours at either side. A network trained on what lies ahead (x positive, y about 0) knows nothing of what lies
behind. Turned to the front, each quarter looks to it like any scene ahead, so objects are found all around alike, and
turning the car by 90 degrees changes nothing but the order of the quarters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage, Sensor
from squeezeseg.networks.normalisation import Normalisation

OVERLAP = 64
"""Columns (11 degrees) that a sector of the full turn sees of its neighbours."""
_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # cosine and sine of the azimuths that the sectors are centred on

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layout:
    """Which columns of a range image of H x W each of B sectors of the engine's batch shows.

    A front view is one sector, with empty columns to its right up to a width that the network accepts. Sector k of a
    full turn is centred on azimuth 90 k degrees, its x and y are turned back by as much, and S is a quarter of W and
    the overlap to either side, rounded up. What comes of a column is taken from the middle of its sector.

    shape: (B, 5, H, S) of the engine's input.
    columns: W.
    shown: how many of a sector's S columns show something; those after them are empty.
    starts: (B,) int64, the column of the image that is each sector's first; the others follow, around the turn.
    turns: (B, 2) int64, cosine and sine of the angle that a sector is turned back by.
    pieces: (P, 4) int64: sector, first column in it, first column in the image, how many. Together they are the image.
    mean, scale: (5,) float32, subtracted from the channels and multiplied by.
    shift: added to the normalised z of returns for the sensor's height.
    """

    shape: tuple[int, int, int, int]
    columns: int
    shown: int
    starts: NDArray[np.int64]
    turns: NDArray[np.int64]
    pieces: NDArray[np.int64]
    mean: Float32
    scale: Float32
    shift: np.float32

    @classmethod
    def of(cls, sensor: Sensor, normalisation: Normalisation, multiple: int, overlap: int = OVERLAP) -> Layout:
        """The layout for a sensor's range images. multiple: of what the width of the engine's input must be."""
        height, width = sensor.shape
        mean, scale, shift = normalisation.factors(sensor.height)
        if sensor.full_turn:
            count = len(_TURNS)
            quarter = -(-width // count)
            size = _rounded_up(quarter + 2 * overlap, multiple)
            centres = width * (0.5 - np.arange(count) / count)  # azimuth 0 is the middle of the image
            starts = np.floor(centres - width / count / 2).astype(np.int64) - overlap
            turns, shown = np.array(_TURNS), size
            sector, place = np.zeros(width, np.int64), np.zeros(width, np.int64)
            for k in range(count):
                # Quarters that are no whole number of columns overlap by one column: the later sector has it.
                columns = (starts[k] + overlap + np.arange(quarter)) % width
                sector[columns], place[columns] = k, overlap + np.arange(quarter)
        else:
            size, starts, turns, shown = (
                _rounded_up(width, multiple),
                np.zeros(1, np.int64),
                np.array(_TURNS[:1]),
                width,
            )
            sector, place = np.zeros(width, np.int64), np.arange(width)
        first = np.flatnonzero((np.diff(sector, prepend=-1) != 0) | (np.diff(place, prepend=-2) != 1))
        pieces = np.column_stack([sector[first], place[first], first, np.diff(first, append=width)])
        shape = (len(starts), 5, height, size)
        return cls(shape, width, shown, starts % width, turns, pieces, mean, scale, shift)

    def inputs(self, image: RangeImage, out: Float32, masks: NDArray[np.bool_]) -> None:
        """Write the normalised network input (B, 5, H, S) and where it shows returns (B, H, S)."""
        _show(
            image.channels, image.mask, self.starts, self.shown, self.turns, self.mean, self.scale, self.shift,
            out, masks,
        )  # fmt: skip

    def decide(
        self,
        logits: Float32,
        energies: Float32,
        mask: NDArray[np.bool_],
        temperature: float,
        probabilities: Float32,
        labels: NDArray[np.uint8],
        rows: Float32,
    ) -> None:
        """What the network and the CRF say of the image's pixels.

        A temperature above 1 makes a network that is too sure of itself less so: Guo et al., On calibration of modern
        neural networks, ICML 2017.

        Args:
            logits: (B, C, H, S) float32, the network's.
            energies: (B, C, H, S) float32, the CRF's, or the logits again.
            mask: (H, W) bool, where there is a return.
            temperature: what logits are divided by.
            probabilities: (C, H, W) float32, to be filled with softmax(logits / temperature) over the classes.
            labels: (H, W) uint8, to be filled with the classes of the highest energy, 0 where there is no return.
            rows: (2, W) float32, to work in.
        """
        sharpness = np.float32(1 / temperature)
        _decide(_input(logits), _input(energies), mask, self.pieces, sharpness, probabilities, labels, rows)


def _rounded_up(width: int, multiple: int) -> int:
    return -(-width // multiple) * multiple


def _input(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only whatever it was: numba compiles once for each kind of array."""
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array


# The kernels are loops over contiguous rows, of which LLVM makes vector code. All are in this one file because numba's
# cache notices changes of the file that the outermost function is in, and of no other.


@njit(cache=True, nogil=True)
def _show(channels, mask, starts, shown, turns, mean, scale, shift, out, masks):  # type: ignore[no-untyped-def]
    height, width = mask.shape
    count, size = len(starts), out.shape[3]
    for k in range(count):
        cos, sin = np.float32(turns[k, 0]), np.float32(turns[k, 1])
        # One of the two is 0, so that a turned coordinate is the other one or its negative.
        ahead, left = (0, 1) if sin == 0 else (1, 0)
        for r in range(height):
            s, c = 0, starts[k]
            while s < shown:
                n = min(shown - s, width - c)
                seen = mask[r, c : c + n]
                x, y = channels[ahead, r, c : c + n], channels[left, r, c : c + n]
                _normalise(x, cos + sin, mean[0], scale[0], out[k, 0, r, s : s + n])
                _normalise(y, cos - sin, mean[1], scale[1], out[k, 1, r, s : s + n])
                for channel in range(2, 5):
                    values = channels[channel, r, c : c + n]
                    _normalise(values, np.float32(1), mean[channel], scale[channel], out[k, channel, r, s : s + n])
                if shift != 0:
                    _shift(seen, shift, out[k, 2, r, s : s + n])
                _copy(seen, masks[k, r, s : s + n])
                s, c = s + n, 0
            for s in range(shown, size):
                masks[k, r, s] = False
                for channel in range(5):
                    out[k, channel, r, s] = -mean[channel] * scale[channel]


@njit(cache=True, nogil=True)
def _normalise(values, sign, mean, scale, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = (sign * values[j] - mean) * scale


@njit(cache=True, nogil=True)
def _shift(mask, shift, values):  # type: ignore[no-untyped-def]
    for j in range(values.size):
        values[j] += shift if mask[j] else np.float32(0)


@njit(cache=True, nogil=True)
def _copy(values, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = values[j]


@njit(cache=True, nogil=True)
def _decide(logits, energies, mask, pieces, sharpness, probabilities, labels, rows):  # type: ignore[no-untyped-def]
    classes, height, _ = probabilities.shape
    highest, total = rows[0], rows[1]
    for piece in range(len(pieces)):
        k, s, c, n = pieces[piece]
        for r in range(height):
            label, best = labels[r, c : c + n], highest[:n]
            _first(energies[k, 0, r, s : s + n], best, label)
            for i in range(1, classes):
                _challenge(energies[k, i, r, s : s + n], np.uint8(i), best, label)
            _clear(mask[r, c : c + n], label)
            _copy(logits[k, 0, r, s : s + n], best)
            for i in range(1, classes):
                _raise(logits[k, i, r, s : s + n], best)
            for j in range(n):
                total[j] = np.float32(0)
            for i in range(classes):
                _power(logits[k, i, r, s : s + n], best, sharpness, probabilities[i, r, c : c + n], total[:n])
            for i in range(classes):
                _divide(total[:n], probabilities[i, r, c : c + n])


@njit(cache=True, nogil=True)
def _first(energy, best, label):  # type: ignore[no-untyped-def]
    for j in range(best.size):
        best[j] = energy[j]
        label[j] = 0


@njit(cache=True, nogil=True)
def _challenge(energy, number, best, label):  # type: ignore[no-untyped-def]
    for j in range(best.size):
        better = energy[j] > best[j]
        label[j] = number if better else label[j]
        best[j] = energy[j] if better else best[j]


@njit(cache=True, nogil=True)
def _clear(mask, label):  # type: ignore[no-untyped-def]
    for j in range(label.size):
        label[j] = label[j] if mask[j] else np.uint8(0)


@njit(cache=True, nogil=True)
def _raise(logit, highest):  # type: ignore[no-untyped-def]
    for j in range(highest.size):
        highest[j] = max(highest[j], logit[j])


@njit(cache=True, nogil=True, fastmath={"contract"})
def _power(logit, highest, sharpness, out, total):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] = _exp((logit[j] - highest[j]) * sharpness)
        total[j] += out[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(total, out):  # type: ignore[no-untyped-def]
    for j in range(out.size):
        out[j] /= total[j]


@njit(cache=True, nogil=True, fastmath={"contract"}, inline="always")
def _exp(x):  # type: ignore[no-untyped-def]
    """e^x of float32 x <= 0 to 2e-7, zero below -87, in plain arithmetic: libm's does not become vector code.

    2^n e^f = e^x with n = round(x / ln 2), by Taylor's series of e^f.
    """
    clamped = max(x, np.float32(-87.0))
    whole = np.floor(clamped * np.float32(1.4426950408889634) + np.float32(0.5))
    # ln 2 in two parts, of which the first times a whole number is exact.
    f = clamped - whole * np.float32(0.693359375) - whole * np.float32(-2.12194440e-4)
    series = np.float32(1 / 720)
    series = series * f + np.float32(1 / 120)
    series = series * f + np.float32(1 / 24)
    series = series * f + np.float32(1 / 6)
    series = series * f + np.float32(0.5)
    series = series * f + np.float32(1.0)
    series = series * f + np.float32(1.0)
    power = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
    return series * power if x > np.float32(-87.0) else np.float32(0.0)
