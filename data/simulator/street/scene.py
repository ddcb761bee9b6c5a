"""A street: its ground, and the fixed and moving actors on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.simulator.actors.templates import Template
from data.simulator.mesh import LEAF, MATT, Mesh, solid


@dataclass(frozen=True)
class Pose:
    """Pose of the sensor's foot in the street, metres and radians; pitch and roll are those of the car."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float = 0.0
    roll: float = 0.0

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): directions of the sensor's frame to those of the street."""
        (cy, cp, cr), (sy, sp, sr) = (
            np.cos([self.yaw, self.pitch, self.roll]),
            np.sin([self.yaw, self.pitch, self.roll]),
        )
        yaw = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
        pitch = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
        roll = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
        return np.asarray(yaw @ pitch @ roll)


@dataclass(frozen=True, eq=False)
class Actor:
    """A road user at time 0, as if the road were straight, moving at `speed` (m/s) along its yaw."""

    template: Template
    x: float
    y: float
    yaw: float
    speed: float
    paint: float
    gain: float
    scale: tuple[float, float, float]
    margin: tuple[float, float, float, float]
    """Metres by which its box is longer, wider, higher, and lower at the bottom than itself, as people draw them."""

    def at(self, time: float, ground: Ground) -> tuple[float, float, float]:
        """(x, y, yaw) at `time` seconds, following the road's bends."""
        way = self.speed * time
        return ground.bent(self.x + way * np.cos(self.yaw), self.y + way * np.sin(self.yaw), self.yaw)

    def mesh(self, time: float, ground: Ground) -> Mesh:
        """The actor's mesh in the street at `time`."""
        x, y, yaw = self.at(time, ground)
        return self.template.mesh.placed(x, y, ground.height(x, y), yaw, self.scale, self.paint, self.gain)

    def box(self, time: float, ground: Ground, pose: Pose, mount: float, track: int) -> Box:
        """The actor's box in the frame of a sensor `mount` metres above the pose."""
        x, y, yaw = self.at(time, ground)
        longer, wider, higher, lower = self.margin
        offset = np.array([x - pose.x, y - pose.y, ground.height(x, y) - lower - pose.z - mount])
        local = offset @ pose.rotation
        length, width, height = (own * abs(scale) for own, scale in zip(self.template.size, self.scale, strict=True))
        turn = float((yaw - pose.yaw + np.pi) % (2 * np.pi) - np.pi)
        size = (length + longer, width + wider, height + higher + lower)
        return Box.standing(self.template.kind, (float(local[0]), float(local[1]), float(local[2])), size, turn, track)


@dataclass(frozen=True, eq=False)
class Ground:
    """A gently rolling terrain with a road along x, raised by a kerb beside it, and a side road.

    half: half of the road's width. kerb: height of the kerb. walk: width of the pavement. bank: slope of the
    land beyond it, left and right. side: (x, half width) of the side road, or None. waves: (4, n) amplitude,
    wave numbers along x and y, phase. bend: (first and last x of the straight part, curvature of the road before
    and behind it).
    """

    half: float
    kerb: float
    walk: float
    bank: tuple[float, float]
    side: tuple[float, float] | None
    waves: NDArray[np.float64]
    bend: tuple[float, float, float, float]
    albedo: tuple[float, float, float] = (0.22, 0.3, 0.35)

    def _aside(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The road's offset to the left at x, and its slope there: parabolas that end in straights."""
        first, last, before, behind = self.bend
        if before == behind == 0.0:
            return np.zeros_like(x), np.zeros_like(x)
        out = np.where(x > last, x - last, np.where(x < first, x - first, 0.0))
        curvature = np.where(x > last, behind, before)
        straight = 0.5 / np.maximum(np.abs(curvature), 1e-9)  # where the slope has grown to a half
        near = np.clip(out, -straight, straight)
        slope = curvature * near
        return curvature * near**2 / 2 + slope * (out - near), slope

    def bent(self, x: float, y: float, yaw: float) -> tuple[float, float, float]:
        """Bend a pose in a straight street to this one."""
        first, last, _, _ = self.bend
        if first <= x <= last:
            return float(x), float(y), float(yaw)
        aside, slope = self._aside_at(float(x))
        return float(x), float(y) + aside, float(yaw) + math.atan(slope)

    def _aside_at(self, x: float) -> tuple[float, float]:
        """`_aside` of one point, many times as fast."""
        first, last, before, behind = self.bend
        out, curvature = (x - last, behind) if x > last else (x - first, before) if x < first else (0.0, 0.0)
        straight = 0.5 / max(abs(curvature), 1e-9)
        near = min(max(out, -straight), straight)
        slope = curvature * near
        return curvature * near**2 / 2 + slope * (out - near), slope

    def _raised(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        raised = np.abs(y - self._aside(x)[0]) > self.half + 0.005
        if self.side is not None:
            raised = raised & (np.abs(x - self.side[0]) > self.side[1] + 0.005)
        return np.asarray(raised)

    def heights(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height of the ground at (x, y), of any shape."""
        amplitude, along, across, phase = self.waves[:, :, None]
        flat_x, flat_y = x.reshape(1, -1), y.reshape(1, -1)
        rolling = (amplitude * np.sin(along * flat_x + across * flat_y + phase)).sum(axis=0).reshape(x.shape)
        across_road = y - self._aside(x)[0]
        beyond = np.maximum(0.0, np.abs(across_road) - self.half - self.walk)
        slope = np.where(across_road > 0, self.bank[0], self.bank[1]) * np.minimum(beyond, 25.0)
        return np.asarray(rolling + slope + self.kerb * self._raised(x, y))

    def height(self, x: float, y: float) -> float:
        """Height of the ground at one point: `heights`, many times as fast."""
        rolling = sum(a * math.sin(along * x + across * y + phase) for a, along, across, phase in self._rolling)
        across_road = y - self._aside_at(float(x))[0]
        beyond = min(max(0.0, abs(across_road) - self.half - self.walk), 25.0)
        raised = abs(across_road) > self.half + 0.005
        if raised and self.side is not None:
            raised = abs(x - self.side[0]) > self.side[1] + 0.005
        return float(rolling + self.bank[0 if across_road > 0 else 1] * beyond + self.kerb * raised)

    @cached_property
    def _rolling(self) -> list[list[float]]:
        return self.waves.T.tolist()  # type: ignore[no-any-return]

    def mesh(self, start: float, stop: float) -> Mesh:
        """The ground from x = start to stop, 85 m to either side."""
        reach = 85.0
        lines_x, lines_y = np.arange(start, stop + 3, 3.0), np.arange(-reach, reach + 3, 4.0)
        kerbs = [line for edge in (self.half, self.half + self.walk) for line in (edge, edge + 0.03)]
        lines_y = np.concatenate([lines_y, kerbs, np.negative(kerbs)])
        if self.side is not None:
            at, half = self.side
            lines_x = np.concatenate([lines_x, [at - half - 0.03, at - half, at + half, at + half + 0.03]])
        lines_x, lines_y = np.unique(lines_x), np.unique(lines_y)
        x, y = np.meshgrid(lines_x, lines_y, indexing="ij")
        y = y + self._aside(x)[0]
        vertices = np.stack([x, y, self.heights(x, y)], -1).reshape(-1, 3)
        corner = (np.arange(len(lines_x) - 1)[:, None] * len(lines_y) + np.arange(len(lines_y) - 1)).reshape(-1)
        n = len(lines_y)
        faces = np.stack([corner, corner + n, corner + n + 1, corner, corner + n + 1, corner + 1], -1).reshape(-1, 3)
        mesh = solid(vertices, faces, self.albedo[0])
        middle = vertices[faces].mean(axis=1)
        raised = self._raised(middle[:, 0], middle[:, 1])
        beyond = raised & (np.abs(middle[:, 1] - self._aside(middle[:, 0])[0]) > self.half + self.walk)
        mesh.albedo[raised] = self.albedo[1]
        mesh.albedo[beyond] = self.albedo[2]
        mesh.surface[:] = np.where(beyond, LEAF, MATT)
        return mesh


@dataclass(frozen=True, eq=False)
class Street:
    """One street, in a frame of its own: the ego car drives towards +x, z is up.

    ground: its terrain. fixed: all that never moves, parked cars included. owner: (T,) int32, for each
    triangle of `fixed` the index of its actor, -1 for background. parked, moving: the actors; indices count
    through both, parked first. start: pose of the ego car at time 0; speed: of the ego car, m/s. sway: (2, 2)
    amplitude in radians and phase of its pitch and roll over the ground's.
    """

    ground: Ground
    fixed: Mesh
    owner: NDArray[np.int32]
    parked: tuple[Actor, ...]
    moving: tuple[Actor, ...]
    start: Pose
    speed: float
    name: str
    sway: NDArray[np.float64]

    @property
    def actors(self) -> tuple[Actor, ...]:
        """All actors, in the order of their indices."""
        return self.parked + self.moving

    def ego(self, time: float) -> Pose:
        """Pose of the ego car at `time` seconds: straight ahead, tilted as the ground is."""
        way = self.speed * time
        x, y = self.start.x + way * np.cos(self.start.yaw), self.start.y + way * np.sin(self.start.yaw)
        cos, sin = np.cos(self.start.yaw), np.sin(self.start.yaw)
        # The ground half a wheelbase ahead and behind, and half a track to either side.
        level = self.ground.heights(
            x + np.array([cos, -cos, -sin, sin, 0]) * (1.3, 1.3, 0.7, 0.7, 0),
            y + np.array([sin, -sin, cos, -cos, 0]) * (1.3, 1.3, 0.7, 0.7, 0),
        )
        pitch = -np.arctan2(level[0] - level[1], 2.6) + self.sway[0, 0] * np.sin(2.1 * time + self.sway[0, 1])
        roll = np.arctan2(level[2] - level[3], 1.4) + self.sway[1, 0] * np.sin(1.7 * time + self.sway[1, 1])
        return Pose(float(x), float(y), float(level[4]), self.start.yaw, float(pitch), float(roll))
