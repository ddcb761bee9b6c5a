"""The light of a day, and the colours that surfaces have in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import CLOTH, GLASS, LEAF, MATT, PAINT, RETRO, Floats

PAINTS = np.array(
    [(0.75, 0.75, 0.77), (0.5, 0.5, 0.52), (0.22, 0.22, 0.24), (0.04, 0.04, 0.05), (0.03, 0.03, 0.04),
     (0.8, 0.8, 0.78), (0.4, 0.03, 0.03), (0.05, 0.1, 0.3), (0.1, 0.15, 0.35), (0.05, 0.16, 0.1), (0.55, 0.45, 0.12)]
)  # fmt: skip
"""Colours of cars, the frequent ones several times: red, green and blue reflectances."""
_TINT = np.array((911.0, 1371.0, 1723.0))
_GREEN = np.array((0.5, 0.75, 0.28))
SATURATION = {MATT: 0.12, PAINT: 0.1, GLASS: 0.0, RETRO: 0.05, LEAF: 0.12, CLOTH: 0.6}
"""By surface, how far a colour lies from grey."""


@dataclass(frozen=True, eq=False)
class Daylight:
    """Where the sun stands, and how bright things are.

    sun: (3,) unit vector towards it, in the street's frame. strength: share of its light, the rest comes from the sky;
    a dull day has little. exposure: of the camera. haze: 1/m. paints: (A, 3) of the actors.
    """

    sun: NDArray[np.float64]
    strength: float
    exposure: float
    haze: float
    paints: NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, actors: int) -> Daylight:
        """The light of a random day."""
        height, around = np.radians(rng.uniform(20, 70)), rng.uniform(0, 2 * np.pi)
        sun = np.array([np.cos(height) * np.cos(around), np.cos(height) * np.sin(around), np.sin(height)])
        paints = PAINTS[rng.integers(len(PAINTS), size=actors)] * rng.uniform(0.8, 1.2, (actors, 3))
        return cls(sun, rng.uniform(0.1, 0.8), rng.uniform(0.8, 1.3), rng.uniform(0.0005, 0.004), paints)

    def sky(self, up: Floats) -> NDArray[np.float64]:
        """(N, 3) light of the sky by the sine of the elevation, N."""
        share = np.clip(up, 0, 1)[:, None] ** 0.5
        clear = 0.3 + 0.7 * self.strength
        blue = np.array((0.95, 0.95, 0.96)) * (1 - clear) + np.array((0.35, 0.55, 0.9)) * clear
        return np.asarray((1 - share) * (0.85, 0.9, 0.95) + share * blue)

    def colours(self, albedo: Floats, surface: NDArray[np.uint8], owner: NDArray[np.int32]) -> NDArray[np.float64]:
        """(N, 3) reflectances. albedo, surface and owner: (N,) as in `Hits`.

        The simulator knows how surfaces look at the laser's wavelength alone: parts of one albedo get one tint.
        """
        saturation = np.array([SATURATION[kind] for kind in range(len(SATURATION))])[surface]
        tint = 1 + saturation[:, None] * np.sin(albedo[:, None] * _TINT)
        colour = np.clip(albedo, 0.03, 0.85)[:, None] * tint
        leaf = surface == LEAF
        colour[leaf] *= _GREEN
        painted = (surface == PAINT) & (owner >= 0)
        colour[painted] = self.paints[owner[painted]]
        colour[surface == GLASS] = 0.04
        return np.asarray(np.clip(colour, 0, 1))
