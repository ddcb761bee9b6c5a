"""Where an object is and how fast it goes: a Kalman filter of constant velocity, in the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Motion:
    """Place and velocity in the world's plane, and how well they are known.

    Noise is the same in all directions, so x and y share their variances, and all of it is a few scalars:
    the filter of four numbers, without its matrices.

    x, y: metres. vx, vy: m/s. place, both, velocity: variance of a coordinate, its covariance with its velocity,
    variance of the velocity.
    """

    x: float
    y: float
    vx: float
    vy: float
    place: float
    both: float
    velocity: float

    @property
    def speed(self) -> float:
        """Metres per second."""
        return math.hypot(self.vx, self.vy)

    def predict(self, seconds: float, acceleration: float) -> None:
        """Go on for so long. acceleration: standard deviation, m/s^2, constant meanwhile and unknown."""
        self.x += self.vx * seconds
        self.y += self.vy * seconds
        spread = acceleration * acceleration
        self.place += 2 * self.both * seconds + self.velocity * seconds**2 + spread * seconds**4 / 4
        self.both += self.velocity * seconds + spread * seconds**3 / 2
        self.velocity += spread * seconds**2

    def correct(self, x: float, y: float, noise: float) -> None:
        """Take in a sighting. noise: its standard deviation, metres."""
        total = self.place + noise * noise
        gain, faster = self.place / total, self.both / total
        dx, dy = x - self.x, y - self.y
        self.x += gain * dx
        self.y += gain * dy
        self.vx += faster * dx
        self.vy += faster * dy
        self.velocity -= faster * self.both
        self.both *= 1 - gain
        self.place *= 1 - gain
