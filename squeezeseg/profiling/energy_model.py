"""A model of the energy of an image: what each operation would take in a 45 nm chip. Nothing is measured.

Horowitz, Computing's energy problem, ISSCC 2014; memory as it is usually quoted from Han et al.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from squeezeseg.profiling.layer import BYTES, Layers

MULTIPLY_ADD: Mapping[str, float] = {"float32": 3.7 + 0.9, "bfloat16": 1.1 + 0.4, "int8": 0.2 + 0.1}
"""Picojoules of a multiplication and an addition, by precision: float32; float16, which bfloat16 resembles; 8 bits
multiplied and summed in 32."""
ON_CHIP, OFF_CHIP = 5.0, 640.0
"""Picojoules of 32 bits from a small memory on the chip, and from DRAM."""
WORD = 4


@dataclass(frozen=True)
class Energy:
    """Millijoules of an image, by the model: arithmetic, and activations and weights moved on the chip and off it."""

    arithmetic: float
    on_chip: float
    off_chip: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.arithmetic + self.on_chip + self.off_chip


@dataclass(frozen=True)
class Fit:
    """What of a network fits into a memory on the chip, in bytes.

    weights: of all layers. live: of the activations that have to be kept at once.
    """

    precision: str
    memory: int
    weights: int
    live: int

    @property
    def weights_fit(self) -> bool:
        """True if all weights can stay on the chip."""
        return self.weights <= self.memory

    @property
    def live_fit(self) -> bool:
        """True if activations never have to leave the chip."""
        return self.live <= self.memory

    @property
    def both_fit(self) -> bool:
        """True if nothing but the image and the result passes the chip's border."""
        return self.weights + self.live <= self.memory


def fit(layers: Layers, precision: str, memory: int) -> Fit:
    """What of a network fits into so many bytes."""
    return Fit(precision, memory, layers.weight_bytes(precision), layers.live_bytes(precision))


def energy(layers: Layers, precision: str, memory: int) -> Energy:
    """The energy of an image, if `memory` bytes are on the chip.

    Each weight, and each activation that a layer reads or writes, is moved once. Where weights and activations fit
    together, only the image comes from outside; else where they fit alone the activations stay, since they are moved
    more often; then the weights.
    """
    size, found = BYTES[precision], fit(layers, precision, memory)
    weights, moved = size * layers.parameters, size * layers.moved
    outside = size * math.prod(layers.image)
    if not found.both_fit:
        outside = weights + outside if found.live_fit else moved if found.weights_fit else weights + moved
    inside = weights + moved - outside
    return Energy(
        layers.macs * MULTIPLY_ADD[precision] * 1e-9,
        inside / WORD * ON_CHIP * 1e-9,
        outside / WORD * OFF_CHIP * 1e-9,
    )
