"""Casting rays at a street with open3d's RaycastingScene (Embree)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import libraries
from data.simulator.mesh import Floats, merge
from data.simulator.street.scene import Street
from projection.errors import InputError


def load_open3d(user: str = "the simulator") -> Any:
    """The library, imported at first use. Raises InputError that says who needs it and names the package it lacks."""
    try:
        import open3d
    except (ImportError, OSError) as error:  # its own loader's errors are of the second kind
        reason = libraries.explain(error) or f"{error}; pip install open3d"
        raise InputError(f"{user} needs open3d, which cannot be loaded: {reason}") from None
    return open3d


@dataclass(frozen=True, eq=False)
class Hits:
    """Where M rays first met a surface; arrays (M,).

    distance: along the ray, inf where it met nothing. cosine: of the angle of incidence. albedo and surface
    as in Mesh. owner: index of the actor hit, -1 for background.
    """

    distance: Floats
    cosine: Floats
    albedo: Floats
    surface: NDArray[np.uint8]
    owner: NDArray[np.int32]


class Caster:
    """A street ready for rays. What never moves is indexed once, what moves at each `move`."""

    def __init__(self, street: Street, threads: int = 0) -> None:
        self._open3d = load_open3d()
        self.street = street
        self.threads = threads
        self._fixed = self._scene(street.fixed.vertices, street.fixed.triangles)
        self.move(0.0, frozenset())

    def _scene(self, vertices: Floats, triangles: NDArray[np.uint32]) -> Any:
        tensor = self._open3d.core.Tensor
        scene = self._open3d.t.geometry.RaycastingScene(self.threads)
        scene.add_triangles(tensor.from_numpy(vertices), tensor.from_numpy(triangles))
        return scene

    def move(self, time: float, hidden: frozenset[int]) -> None:
        """Put the moving actors where they are at `time` seconds, but for those of index in `hidden`."""
        first = len(self.street.parked)
        shown = [(first + i, a) for i, a in enumerate(self.street.moving) if first + i not in hidden]
        meshes = [actor.mesh(time, self.street.ground) for _, actor in shown]
        moving = merge(meshes)
        counts = [len(mesh.triangles) for mesh in meshes]
        owner = np.repeat(np.array([index for index, _ in shown], np.int32), counts)
        self._moving = self._scene(moving.vertices, moving.triangles) if meshes else None
        # One table over both scenes' triangles: the moving ones come after the fixed.
        fixed = self.street.fixed
        self._albedo = np.concatenate([fixed.albedo, moving.albedo, [0.0]]).astype(np.float32)
        self._surface = np.concatenate([fixed.surface, moving.surface, [0]]).astype(np.uint8)
        self._owner = np.concatenate([self.street.owner, owner, [-1]]).astype(np.int32)

    def cast(self, rays: Floats) -> Hits:
        """rays (M, 6): origin and unit direction, in the street's frame."""
        tensor = self._open3d.core.Tensor.from_numpy(rays)
        answer = self._fixed.cast_rays(tensor, self.threads)
        distance = answer["t_hit"].numpy()
        normal = answer["primitive_normals"].numpy()
        nothing = len(self._albedo) - 1
        triangle = np.minimum(answer["primitive_ids"].numpy(), nothing).astype(np.int64)
        if self._moving is not None:
            other = self._moving.cast_rays(tensor, self.threads)
            nearer = np.flatnonzero(other["t_hit"].numpy() < distance)
            distance[nearer] = other["t_hit"].numpy()[nearer]
            normal[nearer] = other["primitive_normals"].numpy()[nearer]
            triangle[nearer] = other["primitive_ids"].numpy()[nearer].astype(np.int64) + len(self.street.fixed.albedo)
        cosine = np.abs(np.einsum("ij,ij->i", normal, rays[:, 3:]))
        return Hits(distance, cosine, self._albedo[triangle], self._surface[triangle], self._owner[triangle])
