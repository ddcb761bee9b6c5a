"""How objects of a class are seen, and how they move."""

from __future__ import annotations

from dataclasses import dataclass

from data.labels import CAR, CYCLIST, PEDESTRIAN

FEWEST = 5
"""Sightings that tell how fast an object goes, and whether it moves."""


@dataclass(frozen=True)
class Kind:
    """What is typical of a class.

    size: length, width, height in metres: of a whole one, where a part is seen. noise: standard deviation of a box's
    middle, metres; far_noise: of the middle of the points alone, where no box can be believed. acceleration: standard
    deviation, m/s^2. fastest: the speed that one that comes into sight may have, m/s. moving: the least speed, m/s,
    that isn't taken for standing.
    """

    size: tuple[float, float, float]
    noise: float
    far_noise: float
    acceleration: float
    fastest: float
    moving: float


KINDS = {
    CAR: Kind((4.2, 1.8, 1.5), 0.3, 1.2, 3.0, 15.0, 1.0),
    PEDESTRIAN: Kind((0.7, 0.6, 1.7), 0.15, 0.3, 1.0, 2.0, 0.4),
    CYCLIST: Kind((1.8, 0.6, 1.7), 0.25, 0.4, 1.5, 6.0, 0.7),
}
"""By class id. The sizes of cars and cyclists are about the mean of KITTI's boxes."""
