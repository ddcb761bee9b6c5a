"""Casting rays at a street whose actors move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import Floats, merge
from data.simulator.sensor.ray_scene import RayScene
from data.simulator.street.scene import Street


@dataclass(frozen=True, eq=False)
class Hits:
    """The first surfaces that M rays met; arrays (M,).

    distance: along the ray, inf where it met nothing. normal: (M, 3), on either side of the surface, zeros where there
    is none. cosine: of the angle of incidence. albedo and surface as in Mesh. owner: index of the actor hit, -1 for
    background.
    """

    distance: Floats
    normal: Floats
    cosine: Floats
    albedo: Floats
    surface: NDArray[np.uint8]
    owner: NDArray[np.int32]


class Caster:
    """A street ready for rays. What never moves is indexed once, what moves at each `move`."""

    def __init__(self, street: Street, threads: int = 0) -> None:
        self.street = street
        self.threads = threads
        self._fixed = RayScene(street.fixed.vertices, street.fixed.triangles, threads)
        self.move(0.0, frozenset())

    def move(self, time: float, hidden: frozenset[int]) -> None:
        """Put the moving actors where they are at `time` seconds, but for those of index in `hidden`."""
        first = len(self.street.parked)
        shown = [(first + i, a) for i, a in enumerate(self.street.moving) if first + i not in hidden]
        meshes = [actor.mesh(time, self.street.ground) for _, actor in shown]
        moving = merge(meshes)
        counts = [len(mesh.triangles) for mesh in meshes]
        owner = np.repeat(np.array([index for index, _ in shown], np.int32), counts)
        self._moving = RayScene(moving.vertices, moving.triangles, self.threads) if meshes else None
        # One table over both scenes' triangles: the moving ones come after the fixed.
        fixed = self.street.fixed
        self._albedo = np.concatenate([fixed.albedo, moving.albedo, [0.0]]).astype(np.float32)
        self._surface = np.concatenate([fixed.surface, moving.surface, [0]]).astype(np.uint8)
        self._owner = np.concatenate([self.street.owner, owner, [-1]]).astype(np.int32)

    def cast(self, rays: Floats) -> Hits:
        """rays (M, 6): origin and unit direction, in the street's frame."""
        distance, normal, triangle = self._fixed.cast(rays)
        triangle[triangle < 0] = len(self._albedo) - 1
        if self._moving is not None:
            other_distance, other_normal, other_triangle = self._moving.cast(rays, distance)
            nearer = np.flatnonzero(other_distance < distance)
            distance[nearer], normal[nearer] = other_distance[nearer], other_normal.take(nearer, axis=0)
            triangle[nearer] = other_triangle[nearer] + len(self.street.fixed.albedo)
        cosine = np.abs(np.einsum("ij,ij->i", normal, rays[:, 3:]))
        return Hits(distance, normal, cosine, self._albedo[triangle], self._surface[triangle], self._owner[triangle])
