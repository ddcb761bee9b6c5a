"""Triangle meshes with a surface, and the solids that a street is built of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Vector = Sequence[float] | NDArray[np.floating]

# How a surface throws the laser's light back.
MATT, PAINT, GLASS, RETRO, LEAF, CLOTH = range(6)


@dataclass(frozen=True, eq=False)
class Mesh:
    """V vertices and T triangles.

    vertices: (V, 3) float32, metres.
    triangles: (T, 3) uint32, indices of vertices.
    albedo: (T,) float32, share of the light that comes back at normal incidence, 0..1.
    surface: (T,) uint8, one of MATT, PAINT, GLASS, RETRO, LEAF, CLOTH.
    """

    vertices: Floats
    triangles: NDArray[np.uint32]
    albedo: Floats
    surface: NDArray[np.uint8]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """The lowest and the highest corner, (3,) each."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    def placed(
        self,
        x: float,
        y: float,
        z: float = 0.0,
        yaw: float = 0.0,
        scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
        paint: float | None = None,
        gain: float = 1.0,
    ) -> Mesh:
        """The mesh scaled, turned about z and moved; `paint` becomes the albedo of painted faces."""
        cos, sin = np.cos(yaw), np.sin(yaw)
        # Rows are vertices, so the matrix is the transpose of scaling followed by turning.
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]) * np.array(scale)[:, None]
        vertices = self.vertices @ turn.astype(np.float32)
        vertices += np.array((x, y, z), np.float32)
        albedo = self.albedo * np.float32(gain)
        if paint is not None:
            albedo = np.where(self.surface == PAINT, np.float32(paint), albedo)
        return Mesh(vertices, self.triangles, albedo, self.surface)


def solid(vertices: NDArray[np.floating], triangles: NDArray[np.integer], albedo: float, surface: int = MATT) -> Mesh:
    """A mesh of one material."""
    return Mesh(
        vertices.astype(np.float32),
        triangles.astype(np.uint32),
        np.full(len(triangles), albedo, np.float32),
        np.full(len(triangles), surface, np.uint8),
    )


def merge(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh out of several."""
    if not meshes:
        return solid(np.zeros((0, 3)), np.zeros((0, 3), np.int64), 0.0)
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]]).astype(np.uint32)
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([mesh.albedo for mesh in meshes]),
        np.concatenate([mesh.surface for mesh in meshes]),
    )


_BOX = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_BOX_FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4),
     (1, 5, 7), (1, 7, 3)]
)  # fmt: skip


def box(size: Vector, centre: Vector, albedo: float, surface: int = MATT, yaw: float = 0.0) -> Mesh:
    """A cuboid of `size` (x, y, z) around `centre`, turned by `yaw` about its own middle."""
    corners = _BOX * np.asarray(size, np.float64)
    cos, sin = np.cos(yaw), np.sin(yaw)
    turned = corners @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return solid(turned + np.asarray(centre, np.float64), _BOX_FACES, albedo, surface)


def loft(rings: NDArray[np.floating], albedo: float, surface: int = MATT, *, caps: bool = True) -> Mesh:
    """A skin over closed cross-sections: rings (S, P, 3), neighbours joined by quads, the ends closed."""
    sections, around, _ = rings.shape
    first = np.arange(sections - 1)[:, None] * around + np.arange(around)
    second = np.arange(sections - 1)[:, None] * around + np.roll(np.arange(around), -1)
    # Two triangles a quad, next to each other, quads ordered by section and then around.
    quads = np.stack(
        [np.stack([first, second, second + around], -1), np.stack([first, second + around, first + around], -1)], axis=2
    ).reshape(-1, 3)
    faces = [quads]
    if caps:
        fan = np.stack([np.zeros(around - 2, int), np.arange(1, around - 1), np.arange(2, around)], -1)
        faces += [fan, fan + (sections - 1) * around]
    return solid(rings.reshape(-1, 3), np.concatenate(faces), albedo, surface)


def tube(start: Vector, end: Vector, radius: float, albedo: float, end_radius: float | None = None, sides: int = 7,
         surface: int = MATT) -> Mesh:  # fmt: skip
    """A closed round (or tapered) bar from `start` to `end`."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    axis = b - a
    axis = axis / max(float(np.linalg.norm(axis)), 1e-9)
    across = np.cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.9 else (1.0, 0.0, 0.0))
    across /= np.linalg.norm(across)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
    circle = np.cos(angle) * across + np.sin(angle) * np.cross(axis, across)
    return loft(
        np.stack([a + circle * radius, b + circle * (radius if end_radius is None else end_radius)]), albedo, surface
    )


def stack(levels: Sequence[tuple[float, float, float]], albedo: float, sides: int = 10, *, shift: Vector = (0, 0, 0),
          lean: float = 0.0, surface: int = MATT) -> Mesh:  # fmt: skip
    """Ellipses (height, half depth x, half width y) above each other, leaning forward by `lean`, moved by `shift`."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    table = np.asarray(levels, np.float64)
    rings = np.stack(
        [
            np.cos(angle) * table[:, 1:2],
            np.sin(angle) * table[:, 2:3],
            np.broadcast_to(table[:, :1], (len(table), sides)),
        ],
        axis=-1,
    )
    cos, sin = np.cos(lean), np.sin(lean)
    rings = rings @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    return loft(rings + np.asarray(shift, np.float64), albedo, surface)


def ball(centre: Vector, radii: Vector, albedo: float, surface: int = MATT, sides: int = 8) -> Mesh:
    """An ellipsoid."""
    rx, ry, rz = (float(radius) for radius in radii)
    tilt = np.linspace(-np.pi / 2 + 0.15, np.pi / 2 - 0.15, 6)
    return stack(
        [(rz * np.sin(t), rx * np.cos(t), ry * np.cos(t)) for t in tilt],
        albedo,
        sides,
        shift=centre,
        surface=surface,
    )


def leaves(rng: np.random.Generator, centres: NDArray[np.floating], size: float, albedo: float) -> Mesh:
    """Foliage: a small triangle of random pose around each of `centres` (N, 3): rays end at scattered depths."""
    corners = rng.normal(0, 1, (len(centres), 3, 3))
    corners -= corners.mean(axis=1, keepdims=True)
    corners *= size * rng.uniform(0.5, 1.3, (len(centres), 1, 1)) / 1.6
    vertices = (centres[:, None, :] + corners).reshape(-1, 3)
    mesh = solid(vertices, np.arange(len(vertices)).reshape(-1, 3), albedo, LEAF)
    return replace(mesh, albedo=(mesh.albedo * rng.uniform(0.5, 1.4, len(centres))).astype(np.float32))
