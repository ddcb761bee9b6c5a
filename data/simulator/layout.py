"""Laying out streets of many kinds: who and what stands where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.simulator import props, vehicles
from data.simulator.actors import Cast, Template, cast
from data.simulator.mesh import Mesh, box, merge
from data.simulator.scene import Actor, Ground, Pose, Street

REACH = 80.0
"""How far a street goes beyond the ego car's way at either end, metres."""


@dataclass(frozen=True)
class Kind:
    """What makes a kind of street.

    lanes: per direction. parking: shares of the kerb taken by parked cars and of kerbs where they stand across.
    walk: width of the pavement. setback: of the houses from it. houses: share of the frontage, and range of heights.
    border: share of the frontage with hedge, fence or wall. green: trees and bushes per 100 m and side.
    clutter: poles, signs, bins ... per 100 m and side. people, cyclists: mean number; traffic: cars per 100 m.
    speed: of the traffic, m/s.
    """

    name: str
    share: float
    lanes: int
    parking: tuple[float, float]
    walk: tuple[float, float]
    setback: tuple[float, float]
    houses: tuple[float, float, float]
    border: float
    green: float
    clutter: float
    people: float
    cyclists: float
    traffic: float
    speed: tuple[float, float]


KINDS = (
    Kind("residential", 0.34, 1, (0.65, 0.12), (1.2, 2.5), (2, 8), (0.75, 4, 9), 0.6, 14, 9, 6, 4.0, 1.2, (2, 9)),
    Kind("canyon", 0.18, 1, (0.60, 0.10), (1.5, 4.0), (0, 0.5), (0.95, 9, 18), 0.05, 5, 12, 9, 4.5, 1.8, (2, 9)),
    Kind("arterial", 0.15, 2, (0.15, 0.05), (2.0, 5.0), (3, 15), (0.6, 5, 15), 0.25, 14, 12, 6, 4.5, 4.0, (5, 14)),
    Kind("country", 0.09, 1, (0.05, 0.0), (0.3, 1.0), (10, 40), (0.15, 4, 8), 0.15, 20, 5, 3.5, 4.0, 1.5, (8, 17)),
    Kind("square", 0.12, 1, (0.25, 0.3), (4.0, 12.0), (0, 3), (0.8, 7, 16), 0.05, 8, 18, 14, 5.0, 1.0, (1, 6)),
    Kind("lot", 0.12, 1, (0.85, 1.0), (1.0, 3.0), (3, 12), (0.5, 4, 10), 0.3, 10, 8, 6, 4.0, 0.8, (1, 4)),
)


def _spots(
    rng: np.random.Generator, start: float, stop: float, per_100: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rng.uniform(start, stop, rng.poisson(per_100 * (stop - start) / 100))


class Builder:
    """Puts one street together; `street` is what comes out."""

    def __init__(self, rng: np.random.Generator, duration: float) -> None:
        self.rng = rng
        self.cast: Cast = cast()
        self.kind = KINDS[rng.choice(len(KINDS), p=np.array([kind.share for kind in KINDS]))]
        self.parts: list[Mesh] = []
        self.owners: list[int] = []
        self.parked: list[Actor] = []
        self.moving: list[Actor] = []
        self.taken: list[tuple[float, float, float]] = []
        kind = self.kind
        self.speed = float(rng.uniform(*kind.speed)) if rng.uniform() < 0.85 else float(rng.uniform(0, 1))
        self.way = self.speed * duration
        self.start, self.stop = -REACH, self.way + REACH
        self.lane = rng.uniform(2.7, 3.6)
        # The strips for parked cars at the right (-1) and at the left kerb: their depth, 0 where there is none.
        self.strip: dict[int, float] = {}
        self.across: dict[int, bool] = {}
        for side in (-1, 1):
            self.across[side] = rng.uniform() < kind.parking[1]
            present = rng.uniform() < (0.9 if kind.parking[0] > 0.3 else 0.4)
            self.strip[side] = 0.0 if not present else 5.2 if self.across[side] else 2.2
        self.right = kind.lanes * self.lane + self.strip[-1]
        self.half = max(self.right, kind.lanes * self.lane + self.strip[1])
        side_road = (rng.uniform(8, self.way + 35), rng.uniform(3, 6)) if rng.uniform() < 0.5 else None
        self.walk = rng.uniform(*kind.walk)
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
            albedo=(rng.uniform(0.24, 0.4), rng.uniform(0.28, 0.45), rng.uniform(0.35, 0.55)),
        )  # fmt: skip
        self.ego_y = float(-self.lane * (rng.integers(kind.lanes) + 0.5) + rng.normal(0, 0.15))
        self.ego_yaw = rng.normal(0, 0.02) if self.way > 15 or rng.uniform() < 0.7 else rng.normal(0, 0.35)

    def _bank(self) -> float:
        return float(self.rng.normal(0, 0.03) if self.rng.uniform() < 0.7 else self.rng.normal(0, 0.12))

    # What can be placed -------------------------------------------------------------------------------------------

    def free(self, x: float, y: float, radius: float) -> bool:
        """Whether nothing stands within `radius` of (x, y), nor the ego car's way leads through it."""
        reach = np.clip(x * np.cos(self.ego_yaw), -3.0, self.way + 3.0)
        ego = (reach * np.cos(self.ego_yaw), self.ego_y + reach * np.sin(self.ego_yaw))
        if np.hypot(x - ego[0], y - ego[1]) < radius + 1.4:
            return False
        return all(
            (x - other_x) ** 2 + (y - other_y) ** 2 > (radius + other) ** 2 for other_x, other_y, other in self.taken
        )

    def junction(self, x: float, margin: float = 0.0) -> bool:
        """Whether x lies on the side road."""
        side = self.ground.side
        return side is not None and abs(x - side[0]) < side[1] + margin

    def put(self, mesh: Mesh, x: float, y: float, yaw: float, scale: float = 1.0, sink: float = 0.0) -> None:
        """Background."""
        placed = mesh.placed(
            x, y, self.ground.height(x, y) - sink, yaw, (scale, scale, scale), None, self.rng.uniform(0.7, 1.3)
        )
        self.parts.append(placed)
        self.owners.append(-1)

    def actor(self, template: Template, x: float, y: float, yaw: float, speed: float = 0.0) -> Actor:
        """A road user with a paint, a size and a margin of its own."""
        rng = self.rng
        scale = (
            rng.uniform(0.96, 1.04, 3)
            if template.kind in ("Car", "Van", "Truck")
            else np.repeat(rng.uniform(0.95, 1.05), 3)
        )
        if rng.uniform() < 0.5:
            scale = scale * (1, -1, 1)  # a mirror image
        margin = (*rng.uniform(0.05, 0.16, 2), rng.uniform(0.03, 0.1), rng.normal(0.0, 0.03))
        gain = float(rng.uniform(0.75, 1.25))
        return Actor(template, x, y, yaw, speed, vehicles.paint(rng), gain, (scale[0], scale[1], scale[2]),
                     (float(margin[0]), float(margin[1]), float(margin[2]), float(margin[3])))  # fmt: skip

    def park(self, template: Template, x: float, y: float, yaw: float) -> None:
        """A vehicle or person that stays, where there is room."""
        length, width, _ = template.size
        reach = max(0.0, (length - width) / 2)
        circles = [(x + offset * np.cos(yaw), y + offset * np.sin(yaw), width / 2) for offset in (-reach, 0.0, reach)]
        if all(self.free(*circle) for circle in circles):
            self.taken += circles
            self.parked.append(self.actor(template, x, y, yaw))

    # What a street has --------------------------------------------------------------------------------------------

    def park_cars(self) -> None:
        """Rows of parked cars along the kerbs, and some in front of houses."""
        rng = self.rng
        for side in (-1, 1):
            if not self.strip[side]:
                continue
            fill = np.clip(self.kind.parking[0] * rng.uniform(0.5, 1.4), 0, 0.95)
            pitch = rng.uniform(2.4, 2.8) if self.across[side] else rng.uniform(5.2, 6.2)
            tilt = rng.choice((np.pi / 2, np.pi / 2, 1.05, 0.8)) if self.across[side] else 0.0
            for x in np.arange(self.start + 10, self.stop - 10, pitch):
                if rng.uniform() > fill or self.junction(x, 3.0):
                    continue
                template = self.cast.vehicle(rng, 0.10, 0.0 if self.across[side] else 0.015)
                edge = (
                    self.half - self.strip[side] / 2 if self.across[side] else self.half - 0.25 - template.size[1] / 2
                )
                on_kerb = rng.uniform(0, 0.6) if rng.uniform() < 0.1 else 0.0
                flip = np.pi * (rng.uniform() < (0.4 if self.across[side] else 0.2))
                yaw = (0.0 if side < 0 else np.pi) + tilt + flip + rng.normal(0, 0.03)
                self.park(template, x + rng.normal(0, 0.2), side * (edge + on_kerb + rng.normal(0, 0.08)), yaw)
        for x in _spots(
            rng, self.start, self.stop, 2.5 if self.kind.name in ("residential", "lot", "country") else 0.8
        ):
            side = rng.choice((-1, 1))
            y = side * (self.half + self.walk + rng.uniform(2.6, 6))
            self.park(
                self.cast.vehicle(rng, 0.1, 0.0), x, y, rng.choice((0, np.pi / 2, -np.pi / 2)) + rng.normal(0, 0.15)
            )

    def build_houses(self) -> None:
        """House fronts on both sides, with borders along the frontage where houses stand back."""
        rng, kind = self.rng, self.kind
        for side in (-1, 1):
            setback = rng.uniform(*kind.setback)
            x = self.start + rng.uniform(0, 5)
            while x < self.stop:
                length = rng.uniform(7, 22)
                if rng.uniform() < kind.houses[0] and not self.junction(x + length / 2, length / 2):
                    y = side * (self.half + self.walk + max(0.0, setback + rng.normal(0, 0.15 * setback)))
                    height = rng.uniform(*kind.houses[1:])
                    front = props.house(rng, length, rng.uniform(7, 13), height)
                    self.put(front, x + length / 2, y, 0.0 if side > 0 else np.pi, sink=0.3)
                    x += rng.uniform(0, 1) if kind.name == "canyon" else rng.uniform(0, 7)
                x += length
            if setback > 1.2:
                x = self.start
                name = str(rng.choice(("hedge", "fence", "wall")))
                while x < self.stop:
                    if rng.uniform() < 0.2:
                        name = str(rng.choice(("hedge", "fence", "wall")))
                    y = side * (self.half + self.walk + 0.4)
                    if rng.uniform() < kind.border and not self.junction(x + 2, 2.0) and self.free(x + 2, y, 0.6):
                        pool = props.barriers()[name]
                        self.put(pool[rng.integers(len(pool))], x + 2, y, 0.0, sink=0.1)
                        self.taken += [(x + offset, y, 0.5) for offset in (0.4, 2.0, 3.6)]
                    x += 4.0
        for end in (self.start - 2, self.stop + 2):  # what closes the view at either end
            if rng.uniform() < 0.55:
                for y in np.arange(-40, 40, 14.0):
                    if rng.uniform() < 0.7:
                        self.put(
                            props.house(rng, 14, 8, rng.uniform(5, 14)),
                            end,
                            y,
                            np.pi / 2 if end < 0 else -np.pi / 2,
                            sink=2.0,
                        )

    def plant(self) -> None:
        """Trees and bushes along the kerb and behind it, woods in the distance."""
        rng, stock = self.rng, props.stock()
        for side in (-1, 1):
            density = self.kind.green * rng.uniform(0.2, 1.8)
            for x in _spots(rng, self.start, self.stop, density):
                name = str(rng.choice(("tree", "bush", "conifer"), p=(0.6, 0.28, 0.12)))
                pool = stock[name]
                near = (
                    self.half + 0.6
                    if name == "tree" and rng.uniform() < 0.5
                    else self.half + self.walk + rng.uniform(0.8, 12)
                )
                y = side * near
                if not self.junction(x, 1.0) and self.free(x, y, 0.5):
                    self.put(pool[rng.integers(len(pool))], x, y, rng.uniform(0, 6.3), rng.uniform(0.8, 1.25), 0.1)
                    self.taken.append((x, y, 0.4))
            for x in _spots(rng, self.start, self.stop, 8):
                pool = stock["tree" if rng.uniform() < 0.8 else "conifer"]
                self.put(
                    pool[rng.integers(len(pool))],
                    x,
                    side * rng.uniform(self.half + self.walk + 15, 70),
                    0.0,
                    rng.uniform(1, 1.5),
                    0.5,
                )

    def clutter(self) -> None:
        """Poles, signs, bins, bollards, cabinets, benches, parked bicycles: much that is person-sized."""
        rng, stock = self.rng, props.stock()
        names = ("pole", "sign", "bollard", "bin", "cabinet", "bench", "shelter", "rubble", "bicycle")
        for side in (-1, 1):
            for x in _spots(rng, self.start, self.stop, self.kind.clutter * rng.uniform(0.5, 2)):
                name = str(rng.choice(names, p=(0.22, 0.18, 0.14, 0.09, 0.13, 0.04, 0.015, 0.045, 0.14)))
                pool = self.cast.bicycles if name == "bicycle" else stock[name]
                near_kerb = name in ("pole", "sign", "bollard") or rng.uniform() < 0.3
                y = side * (self.half + (rng.uniform(0.3, 0.8) if near_kerb else rng.uniform(0.3, self.walk + 2.0)))
                repeat = int(rng.integers(2, 7)) if name in ("bollard", "bicycle") and rng.uniform() < 0.4 else 1
                for i in range(repeat):
                    spot = x + i * (0.6 if name == "bicycle" else 1.6)
                    if not self.junction(spot) and self.free(spot, y, 0.35):
                        yaw = rng.uniform(0, 6.3) if repeat == 1 else np.pi / 2 + rng.normal(0, 0.1)
                        self.put(pool[rng.integers(len(pool))], spot, y, yaw)
                        self.taken.append((spot, y, 0.3))
        if rng.uniform() < 0.12:  # a wall, barrier or container close to the ego car's lane
            x, y = (
                float(rng.uniform(-10, self.way + 25)),
                float(rng.choice((-1, 1)) * (self.half + rng.uniform(-0.3, 1.0))),
            )
            if self.free(x, y, 1.0):
                self.put(box((rng.uniform(3, 12), 0.4, rng.uniform(0.8, 3)), (0, 0, 1), 0.35), x, y, 0.0, sink=0.5)

    def drive_cars(self) -> None:
        """Traffic: ahead, behind, oncoming, crossing."""
        rng, kind = self.rng, self.kind
        for direction in (1, -1):
            for lane in range(kind.lanes):
                y = -direction * (lane + 0.5) * self.lane
                speed = self.speed if direction > 0 else float(rng.uniform(*kind.speed))
                for x in np.sort(_spots(rng, self.start, self.stop, kind.traffic * rng.uniform(0.3, 2.2))):
                    template = self.cast.vehicle(rng)
                    gap = max(8.0, template.size[0] + 4.0)
                    if all(abs(x - a.x) > gap or abs(y - a.y) > 2 for a in self.moving) and (
                        abs(x) > gap or abs(y - self.ego_y) > 2
                    ):
                        yaw = (0.0 if direction > 0 else np.pi) + rng.normal(0, 0.03)
                        self.moving.append(self.actor(template, x, y + rng.normal(0, 0.15), yaw, speed))
        if self.ground.side is not None:
            for direction in (1, -1):
                for y in direction * -rng.uniform(self.half + 2, 45, rng.poisson(1.3)):
                    speed = 0.0 if abs(y) < self.half + 8 else float(rng.uniform(0, 6))
                    x = self.ground.side[0] + direction * self.ground.side[1] / 2
                    if all(np.hypot(x - a.x, y - a.y) > 8 for a in self.moving):
                        self.moving.append(
                            self.actor(self.cast.vehicle(rng), x, y, direction * np.pi / 2 + rng.normal(0, 0.1), speed)
                        )
            if rng.uniform() < 0.5:  # somebody turns
                x = self.ground.side[0] + rng.uniform(-3, 3)
                y = rng.uniform(-self.half, self.half)
                if x > self.way + 6:
                    self.moving.append(self.actor(self.cast.vehicle(rng), x, y, rng.uniform(0, 2 * np.pi), 1.0))

    def walk_people(self) -> None:
        """Pedestrians alone and in groups: on the pavement, crossing, beside cars."""
        rng = self.rng
        for _ in range(rng.poisson(self.kind.people) + 1):
            x = rng.uniform(-35, self.way + 42)
            zone = rng.uniform()
            side = rng.choice((-1, 1))
            if zone < 0.68:
                y, yaw = (
                    side * (self.half + rng.uniform(0.3, max(0.8, self.walk))),
                    rng.choice((0, np.pi)) + rng.normal(0, 0.25),
                )
            elif zone < 0.84:
                y, yaw = rng.uniform(-self.half, self.half), rng.choice((-np.pi / 2, np.pi / 2)) + rng.normal(0, 0.3)
            else:
                y, yaw = side * (self.half + self.walk + rng.uniform(-1, 8)), rng.uniform(0, 2 * np.pi)
            speed = float(rng.uniform(0.7, 1.7)) if rng.uniform() < 0.75 else 0.0
            for _ in range(int(rng.choice((1, 2, 3, 4), p=(0.6, 0.26, 0.09, 0.05)))):
                at = (x + rng.normal(0, 0.7), y + rng.normal(0, 0.5))
                if self.free(*at, 0.35):
                    self.taken.append((*at, 0.25))
                    template = self.cast.pedestrians[rng.integers(len(self.cast.pedestrians))]
                    self.moving.append(self.actor(template, *at, yaw + rng.normal(0, 0.15), speed))

    def ride_bicycles(self) -> None:
        """Cyclists along the kerb, on the pavement, crossing."""
        rng = self.rng
        for _ in range(rng.poisson(self.kind.cyclists) + 1):
            x = rng.uniform(-35, self.way + 42)
            zone = rng.uniform()
            if zone < 0.65:
                side = rng.choice((-1, 1), p=(0.6, 0.4))
                y = side * (self.half - self.strip[int(side)] - rng.uniform(0.3, 1.1))
                yaw = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.08) + np.pi * (rng.uniform() < 0.1)
            elif zone < 0.82:
                y = rng.choice((-1, 1)) * (self.half + rng.uniform(0.5, max(1.0, self.walk)))
                yaw = rng.choice((0, np.pi)) + rng.normal(0, 0.2)
            else:
                y, yaw = float(rng.uniform(-self.half - 5, self.half + 5)), float(rng.uniform(0, 2 * np.pi))
            if self.free(x, y, 0.6):
                self.taken.append((x, y, 0.6))
                template = self.cast.cyclists[rng.integers(len(self.cast.cyclists))]
                self.moving.append(
                    self.actor(template, x, y, yaw, float(rng.uniform(2, 7)) if rng.uniform() < 0.85 else 0.0)
                )

    def street(self) -> Street:
        """Everything, put together."""
        rng = self.rng
        self.park_cars()
        self.walk_people()
        self.ride_bicycles()
        self.drive_cars()
        self.build_houses()
        self.clutter()
        self.plant()
        for index, actor in enumerate(self.parked):
            self.parts.append(actor.mesh(0.0, self.ground))
            self.owners.append(index)
        parts = [self.ground.mesh(self.start - 10, self.stop + 10), *self.parts]
        owner = np.repeat(np.array([-1, *self.owners], np.int32), [len(part.triangles) for part in parts])
        start = Pose(0.0, float(self.ego_y), 0.0, float(self.ego_yaw))
        sway = np.stack([np.abs(rng.normal(0, np.radians([0.5, 0.4]))), rng.uniform(0, 2 * np.pi, 2)], axis=1)
        return Street(
            self.ground,
            merge(parts),
            owner,
            tuple(self.parked),
            tuple(self.moving),
            start,
            self.speed,
            self.kind.name,
            sway,
        )


def lay_out(rng: np.random.Generator, duration: float) -> Street:
    """A new street, long enough for the ego car to drive for `duration` seconds."""
    return Builder(rng, duration).street()
