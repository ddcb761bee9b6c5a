"""A simulated drive, frame after frame in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.simulator.mesh import Floats
from data.simulator.sensor.caster import Caster
from data.simulator.sensor.embree import load_embree
from data.simulator.sensor.lidar import Lidar
from data.simulator.sensor.mount import Mount, mount_of
from data.simulator.street.layout import lay_out
from data.simulator.street.scene import Pose, Street
from data.simulator.workers import in_order
from projection.errors import InputError

VERSION = 5
"""Version of the drives: counted up whenever the same seed gives other ones."""


@dataclass(frozen=True, eq=False)
class SimulatedFrame:
    """One turn of the sensor with its ground truth.

    number: of the frame in its drive. points: (N, 4) float32 as in `data.scan.Scan`. boxes: of everyone with
    at least one point, in the sensor's frame. owner: (N,) int32, index of the actor each point is of in its
    street, -1 for background. pose: (4, 4), sensor to world. speed: m/s. stamp: seconds since the drive's start.
    """

    number: int
    points: Floats
    boxes: tuple[Box, ...]
    owner: NDArray[np.int32]
    pose: NDArray[np.float64]
    speed: float
    stamp: float


@dataclass(frozen=True, eq=False)
class Moment:
    """A street at the time of one frame.

    number: of the frame in its drive. time: seconds since the street's start. pose: of the sensor's foot.
    caster: of the street, its actors placed.
    """

    number: int
    time: float
    street: Street
    pose: Pose
    caster: Caster


class Drive:
    """A drive through one street after another, the same for the same arguments.

    Example:
        >>> for frame in Drive(seed=1, frames=2).frames():
        ...     labels = label_points(frame.points, frame.boxes, class_map("default"))
    """

    def __init__(
        self,
        seed: int,
        frames: int,
        scene_per: int = 20,
        interval: float = 0.1,
        threads: int = 0,
        workers: int = 1,
        mount: Mount | None = None,
    ) -> None:
        """Plan a drive; nothing is simulated yet.

        Args:
            seed: 0 or more.
            frames: how many.
            scene_per: frames after which another street begins.
            interval: seconds between frames. KITTI's are 0.1; training learns more from frames farther apart.
            threads: of the ray caster, 0 for all; with several workers each has one.
            workers: processes that simulate streets at the same time; the frames are the same with any number.
            mount: of the sensor; None: KITTI's.

        Raises:
            InputError: for a number out of its range.
        """
        least_of = (("frames", frames, 1), ("scene_per", scene_per, 1), ("seed", seed, 0), ("workers", workers, 1))
        for name, value, least in least_of:
            if value < least:
                raise InputError(f"simulate: {name} must be at least {least}, got {value}")
        if not 0 < interval <= 10:
            raise InputError(f"simulate: interval must lie within 0 and 10 seconds, got {interval}")
        self.seed, self.count, self.scene_per, self.interval = seed, frames, scene_per, interval
        self.mount = mount or mount_of()
        self.workers = min(workers, -(-frames // scene_per))
        self.threads = threads if self.workers == 1 else 1

    @property
    def firsts(self) -> range:
        """The numbers of the frames with which streets begin."""
        return range(0, self.count, self.scene_per)

    def frames(self, streets: Iterable[WholeStreet] | None = None) -> Iterator[SimulatedFrame]:
        """Simulate the frames, one at a time. streets: those that begin with `firsts`, where others simulate them."""
        parts: Iterable[Iterable[SimulatedFrame | _StreetEnd]] = map(self._street, self.firsts)
        if streets is not None:
            parts = streets
        elif self.workers > 1:
            load_embree()
            parts = in_order(self.whole_street, self.firsts, self.workers)
        world = np.eye(4)
        tracks = 0
        for part in parts:
            for item in part:
                if isinstance(item, _StreetEnd):
                    tracks += item.actors
                    world = world @ item.pose
                    continue
                boxes = tuple(replace(box, track=tracks + box.track) for box in item.boxes)
                yield replace(item, boxes=boxes, pose=world @ item.pose)

    def street(self, first: int) -> list[SimulatedFrame]:
        """The frames of the street that begins with frame `first`; poses and tracks count from the street's start."""
        return [item for item in self._street(first) if isinstance(item, SimulatedFrame)]

    def whole_street(self, first: int) -> WholeStreet:
        """The street that begins with frame `first`, for `frames`."""
        return list(self._street(first))

    def layout(self, first: int) -> Street:
        """The street that begins with frame `first`."""
        return lay_out(np.random.default_rng((self.seed, 1, first)), self.scene_per * self.interval)

    def moments(self, first: int, street: Street) -> Iterator[Moment]:
        """The frames of a street, before any sensor sees them; one caster for all. first: its first frame."""
        caster = Caster(street, self.threads)
        for number in range(first, min(first + self.scene_per, self.count)):
            time = (number - first) * self.interval
            pose = street.ego(time)
            caster.move(time, _in_the_way(street, pose, time))
            yield Moment(number, time, street, pose, caster)

    def _street(self, first: int) -> Iterator[SimulatedFrame | _StreetEnd]:
        """The street that begins with frame `first`: its frames, poses and tracks counted from its start."""
        street = self.layout(first)
        # Another sensor in each street, so that no network learns one by heart.
        lidar = Lidar(np.random.default_rng((self.seed, 0, first)), mount=self.mount)
        # A street begins where the last one ended.
        height = self.mount.height
        start = np.linalg.inv(_matrix(street.ego(0.0)))
        for moment in self.moments(first, street):
            pose, number = self.mount.tilted(moment.pose), moment.number
            points, owner = lidar.scan(moment.caster, pose, np.random.default_rng((self.seed, 2, number)))
            seen = np.unique(owner[owner >= 0])
            boxes = tuple(street.actors[i].box(moment.time, street.ground, pose, height, int(i)) for i in seen)
            stamp = number * self.interval
            yield SimulatedFrame(number, points, boxes, owner, start @ _matrix(pose, height), street.speed, stamp)
        yield _StreetEnd(len(street.actors), start @ _matrix(street.ego(self.scene_per * self.interval)))


@dataclass(frozen=True, eq=False)
class _StreetEnd:
    """The end of a street: the number of its actors, and the (4, 4) pose of its end seen from its start."""

    actors: int
    pose: NDArray[np.float64]


WholeStreet: TypeAlias = list[SimulatedFrame | _StreetEnd]
"""A street's frames, poses and tracks counted from its start, and its end."""


def _matrix(pose: Pose, height: float | None = None) -> NDArray[np.float64]:
    """(4, 4) sensor so high above the ground to street, or the upright pose of its foot."""
    matrix = np.eye(4)
    if height is None:
        matrix[:3, :3] = Pose(0, 0, 0, pose.yaw).rotation
        matrix[:3, 3] = pose.x, pose.y, pose.z
    else:
        matrix[:3, :3] = pose.rotation
        matrix[:3, 3] = pose.x, pose.y, pose.z + height
    return matrix


def _in_the_way(street: Street, pose: Pose, time: float) -> frozenset[int]:
    """Actors that would overlap the ego car."""
    hidden = []
    for index, actor in enumerate(street.moving, start=len(street.parked)):
        x, y, yaw = actor.at(time, street.ground)
        east, north = x - pose.x, y - pose.y
        ahead = east * np.cos(pose.yaw) + north * np.sin(pose.yaw)
        aside = north * np.cos(pose.yaw) - east * np.sin(pose.yaw)
        turned = abs(np.cos(yaw - pose.yaw))
        length, width, _ = actor.template.size
        reach = (turned * length + (1 - turned) * width) / 2, (turned * width + (1 - turned) * length) / 2
        if abs(ahead) < 2.6 + reach[0] and abs(aside) < 1.1 + reach[1]:
            hidden.append(index)
    return frozenset(hidden)
