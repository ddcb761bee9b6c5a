"""The network's input: a range image's sectors, turned ahead and normalised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from crf import CRFSettings
from projection import InputError, RangeImage, Sectors, Sensor
from squeezeseg.engines import ByteEngine, CircularEngine, Engine
from squeezeseg.inference.cylindrical_input import CylindricalInput
from squeezeseg.networks.reach import reach
from squeezeseg.weights import ModelCard

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NetworkInput:
    """Fills the input of a network with the range images of a sensor.

    sectors: of the images. mean, scale: (5,) float32, subtracted from the channels and multiplied by.
    shift: added to the normalised z of returns, for a sensor that is mounted at another height than that of training.
    """

    sectors: Sectors
    mean: Float32
    scale: Float32
    shift: np.float32

    @classmethod
    def of(cls, sensor: Sensor, card: ModelCard, multiple: int) -> NetworkInput:
        """For a sensor and a network. multiple: of what the width of the network's input must be."""
        factors = card.normalisation.factors(sensor.height - card.sensor.height)
        return cls(Sectors.of(sensor, multiple), *factors)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(B, C, H, S) of the network's input."""
        return self.sectors.shape

    def fill(self, image: RangeImage, out: Float32, masks: NDArray[np.bool_]) -> None:
        """Write the normalised network input (B, 5, H, S), and where it shows returns (B, H, S)."""
        sectors = self.sectors
        _show(
            image.channels, image.mask, sectors.starts, sectors.shown, sectors.turns, self.mean, self.scale,
            self.shift, out, masks,
        )  # fmt: skip


def network_input(
    sensor: Sensor, card: ModelCard, engine: Engine, crf: CRFSettings | None
) -> NetworkInput | CylindricalInput:
    """What fills the input of a card's network, by its encoding. crf: settings of the CRF that runs, if any.

    The ends of a full turn are repeated as far as the network and the CRF see; as far as the CRF does where the engine
    lets the ends meet in the network.

    Raises:
        InputError: it is not known how far the network sees.
    """
    multiple = engine.width_multiple
    if card.normalisation.encoding == "cartesian":
        return NetworkInput.of(sensor, card, multiple)
    meet = (
        sensor.full_turn and sensor.columns % multiple == 0 and isinstance(engine, CircularEngine) and engine.circular
    )
    seen = 0 if crf is None else crf.iterations * crf.reach[1]
    if sensor.full_turn and not meet:
        try:
            seen += reach(card.architecture)
        except ValueError as error:
            raise InputError(f"{card.file or 'weights'}: no full turn in one pass ({error})") from None
    raised = sensor.height - card.sensor.height
    sectors = Sectors.around(sensor, multiple, seen)
    mean, scale, _ = card.normalisation.factors(raised)
    return CylindricalInput(sectors, mean, scale, raised, sensor.columns if meet else 0)


def input_type(card: ModelCard, engine: Engine) -> type[np.float32 | np.int8]:
    """What holds the input of a card's network: bytes if its encoding is of bytes, and the engine takes them."""
    whole = card.normalisation.encoding == "cylindrical"
    return np.int8 if whole and isinstance(engine, ByteEngine) and engine.takes_bytes else np.float32


# The kernels are loops over contiguous rows, of which LLVM makes vector code.


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
