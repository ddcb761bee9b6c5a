"""The plot: a street that is being laid out, with the places that are taken."""

from __future__ import annotations

import math

import numpy as np

from data.simulator.actors import vehicles
from data.simulator.actors.templates import Template, Templates, templates
from data.simulator.mesh import Mesh
from data.simulator.props.detail import at_distance
from data.simulator.street.kinds import KINDS
from data.simulator.street.scene import Actor, Ground

REACH = 80.0
"""Metres that a street goes beyond the ego car's way at either end."""


def spots(rng: np.random.Generator, start: float, stop: float, per_100: float) -> list[float]:
    """Random places between start and stop, `per_100` of them every 100 m on average."""
    return [float(x) for x in rng.uniform(start, stop, rng.poisson(per_100 * (stop - start) / 100))]


class Plot:
    """The ground of one street and the things placed on it so far. Sides are -1 (right) and 1 (left).

    way: metres that the ego car drives. start, stop: ends of the street along x. lane: width of one. half: of the
    road's width. strip: width of the strip for parked cars by side, 0 without; across: True if they stand across
    there. front: of the houses by side, distance from the middle of the road. crowd: the number of people, as a
    share of the usual one for the kind.
    """

    def __init__(self, rng: np.random.Generator, duration: float) -> None:
        self.rng = rng
        self.templates: Templates = templates()
        self.kind = KINDS[rng.choice(len(KINDS), p=np.array([kind.share for kind in KINDS]))]
        self.parts: list[Mesh] = []
        self.owners: list[int] = []
        self.parked: list[Actor] = []
        self.moving: list[Actor] = []
        self._taken = np.zeros((256, 3))
        self._count = 0
        self.crowd = float(rng.choice((0.1, 0.5, 1.0, 1.6), p=(0.14, 0.24, 0.40, 0.22)))
        kind = self.kind
        self.speed = float(rng.uniform(*kind.speed)) if rng.uniform() < 0.85 else float(rng.uniform(0, 1))
        self.way = self.speed * duration
        self.start, self.stop = -REACH, self.way + REACH
        self.lane = rng.uniform(2.6, 3.5)
        self.strip: dict[int, float] = {}
        self.across: dict[int, bool] = {}
        for side in (-1, 1):
            self.across[side] = rng.uniform() < kind.parking[1]
            present = rng.uniform() < (0.75 if kind.parking[0] > 0.3 else 0.3)
            self.strip[side] = 0.0 if not present else 5.2 if self.across[side] else 2.2
        self.half = kind.lanes * self.lane + max(self.strip.values())
        side_road = (rng.uniform(8, self.way + 35), rng.uniform(3, 6)) if rng.uniform() < 0.5 else None
        self.walk = rng.uniform(*kind.walk)
        self.front = {side: self.half + self.walk + rng.uniform(*kind.setback) for side in (-1, 1)}
        self.ground = Ground(
            half=self.half,
            kerb=rng.uniform(0.06, 0.16) if kind.name != "country" else rng.uniform(-0.15, 0.05),
            walk=self.walk,
            bank=(self._bank(), self._bank()),
            side=side_road,
            waves=np.stack(
                [rng.uniform(0.05, 0.6, 4) * rng.uniform(0.2, 1), 2 * np.pi / rng.uniform(60, 200, 4),
                 2 * np.pi / rng.uniform(90, 300, 4) * rng.choice((-1, 1), 4), rng.uniform(0, 2 * np.pi, 4)]
            ),
            bend=(-8.0, self.way + 8.0, self._curvature(), self._curvature()),
            albedo=(rng.uniform(0.26, 0.42), rng.uniform(0.28, 0.45), rng.uniform(0.35, 0.55)),
        )  # fmt: skip
        self.ego_y = float(-self.lane * (rng.integers(kind.lanes) + 0.5) + rng.normal(0, 0.15))
        self.ego_yaw = rng.normal(0, 0.02) if self.way > 15 or rng.uniform() < 0.7 else rng.normal(0, 0.35)

    def _curvature(self) -> float:
        return float(self.rng.normal(0, 0.008)) if self.rng.uniform() < 0.5 else 0.0

    def _bank(self) -> float:
        return float(self.rng.normal(0, 0.03) if self.rng.uniform() < 0.7 else self.rng.normal(0, 0.12))

    def free(self, x: float, y: float, radius: float) -> bool:
        """True if nothing stands within `radius` of (x, y) and the ego car doesn't pass through it."""
        if self._from_way(x, y, 3.0) < radius + 1.4:
            return False
        other = self._taken[: self._count]
        return not bool(((x - other[:, 0]) ** 2 + (y - other[:, 1]) ** 2 <= (radius + other[:, 2]) ** 2).any())

    def _from_way(self, x: float, y: float, beyond: float = 0.0) -> float:
        """Metres from (x, y) to the ego car's way, and so far beyond its ends."""
        cos, sin = math.cos(self.ego_yaw), math.sin(self.ego_yaw)
        reach = min(max(x * cos, -beyond), self.way + beyond)
        return math.hypot(x - reach * cos, y - self.ego_y - reach * sin)

    def take(self, x: float, y: float, radius: float) -> None:
        """Mark a circle as taken."""
        if self._count == len(self._taken):
            self._taken = np.concatenate([self._taken, np.zeros_like(self._taken)])
        self._taken[self._count] = x, y, radius
        self._count += 1

    def junction(self, x: float, margin: float = 0.0) -> bool:
        """True if x lies on the side road."""
        side = self.ground.side
        return side is not None and abs(x - side[0]) < side[1] + margin

    def put(self, mesh: Mesh, x: float, y: float, yaw: float, scale: float = 1.0, sink: float = 0.0) -> None:
        """Place a background mesh, sunk into the ground by `sink`."""
        x, y, yaw = self.ground.bent(x, y, yaw)
        foot = self.ground.height(x, y) - sink
        seen = at_distance(mesh, self._from_way(x, y))
        placed = seen.placed(x, y, foot, yaw, (scale, scale, scale), gain=self.rng.uniform(0.7, 1.3))
        self.parts.append(placed)
        self.owners.append(-1)

    def park(self, template: Template, x: float, y: float, yaw: float) -> None:
        """Place a parked vehicle, if its place is free."""
        length, width, _ = template.size
        reach = max(0.0, (length - width) / 2)
        circles = [(x + offset * np.cos(yaw), y + offset * np.sin(yaw), width / 2) for offset in (-reach, 0.0, reach)]
        if all(self.free(*circle) for circle in circles):
            for circle in circles:
                self.take(*circle)
            self.parked.append(self._actor(template, x, y, yaw, 0.0))

    def move(self, template: Template, x: float, y: float, yaw: float, speed: float) -> None:
        """Place a road user that moves."""
        self.moving.append(self._actor(template, x, y, yaw, speed))

    def _actor(self, template: Template, x: float, y: float, yaw: float, speed: float) -> Actor:
        """An actor with a paint, a size and a margin of its own, half of them mirrored."""
        rng = self.rng
        vehicle = template.kind in ("Car", "Van", "Truck")
        along, aside, up = rng.uniform(0.96, 1.04, 3) if vehicle else np.repeat(rng.uniform(0.95, 1.05), 3)
        mirror = float(rng.choice((-1, 1)))
        margin = rng.uniform((0.05, 0.05, 0.03), (0.16, 0.16, 0.10))
        return Actor(
            template=template,
            x=float(x),
            y=float(y),
            yaw=float(yaw),
            speed=float(speed),
            paint=vehicles.paint(rng),
            gain=float(rng.uniform(0.75, 1.25)),
            scale=(float(along), mirror * float(aside), float(up)),
            margin=(float(margin[0]), float(margin[1]), float(margin[2]), float(rng.normal(-0.035, 0.03))),
        )
