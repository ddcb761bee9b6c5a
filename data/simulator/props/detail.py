"""Level of detail: plants far away have fewer leaves, each as much larger."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from data.simulator.mesh import LEAF, Mesh

LEVELS = ((50.0, 4), (30.0, 2))
"""From how many metres on one leaf stands for how many, the farthest first. At 50 m beams are 0.29 m apart, and a
beam's shots 0.15 m."""


def at_distance(mesh: Mesh, distance: float) -> Mesh:
    """The mesh as it is placed `distance` metres away from the nearest place that it is seen from."""
    for start, share in LEVELS:
        if distance >= start:
            return thinned(mesh, share)
    return mesh


@lru_cache(maxsize=1024)
def thinned(mesh: Mesh, share: int) -> Mesh:
    """The mesh with every `share`-th leaf alone, so much larger that all have the area of those before.

    Leaves are those of `leaves`: triangles that share no vertex.
    """
    leaf = np.flatnonzero(mesh.surface == LEAF)
    if not len(leaf):
        return mesh
    kept = np.ones(len(mesh.triangles), bool)
    kept[leaf] = False
    kept[leaf[::share]] = True
    vertices, corners = mesh.vertices.copy(), mesh.triangles[leaf[::share]]
    middle = vertices[corners].mean(axis=1, keepdims=True)
    vertices[corners] = middle + (vertices[corners] - middle) * np.float32(share**0.5)
    used, triangles = np.unique(mesh.triangles[kept], return_inverse=True)
    return Mesh(vertices[used], triangles.reshape(-1, 3).astype(np.uint32), mesh.albedo[kept], mesh.surface[kept])
