"""Triangle meshes indexed for rays by Embree."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import libraries
from data.simulator.mesh import Floats
from projection.errors import InputError

PART = 16_384
"""Rays that a thread casts at a time: bounds what Embree's binding allocates for its answers, 36 bytes a ray."""


def load_embree() -> tuple[Any, Any]:
    """Embree's binding, imported at first use: the classes EmbreeScene and TriangleMesh of embreex.

    Raises:
        InputError: it cannot be loaded.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except (ImportError, OSError) as error:
        reason = libraries.explain(error) or f"{error}; pip install embreex (it has wheels for x86-64 alone)"
        raise InputError(f"the simulator needs embreex, which cannot be loaded: {reason}") from None
    return EmbreeScene, TriangleMesh


class RayScene:
    """One mesh of T triangles that never moves; rays may be cast at it from several threads."""

    def __init__(self, vertices: Floats, triangles: NDArray[np.uint32], threads: int = 0) -> None:
        """Index a mesh.

        Args:
            vertices: (V, 3) float32, metres.
            triangles: (T, 3) uint32, indices of vertices.
            threads: that cast rays, 0 for one a core.
        """
        scene, mesh = load_embree()
        # Robust: watertight at edges, and with the bits that open3d's RaycastingScene gives.
        self._scene = scene(robust=True)
        mesh(self._scene, vertices, triangles)
        self._run(np.empty((0, 6), np.float32))  # the first call builds the index, which no two threads may do
        self._threads = threads or len(os.sched_getaffinity(0))

    def cast(self, rays: Floats) -> tuple[Floats, Floats, NDArray[np.int32]]:
        """The first triangle that each ray meets; the same with any number of threads.

        Args:
            rays: (M, 6) float32, origin and unit direction.

        Returns:
            Distance (M,) float32 in metres, inf for none; the triangle's unit normal (M, 3) float32, zeros for
            none; its index (M,) int32, -1 for none.
        """
        distance = np.empty(len(rays), np.float32)
        normal = np.empty((len(rays), 3), np.float32)
        triangle = np.empty(len(rays), np.int32)

        def cast_part(start: int) -> None:
            part = slice(start, start + PART)
            distance[part], normal[part], triangle[part] = self._run(rays[part])

        starts = range(0, len(rays), PART)
        threads = min(self._threads, len(starts))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(cast_part, starts))
        else:
            for start in starts:
                cast_part(start)
        return distance, normal, triangle

    def _run(self, rays: Floats) -> tuple[Floats, Floats, NDArray[np.int32]]:
        answer = self._scene.run(rays[:, :3], rays[:, 3:], dists=np.inf, output=True)
        across = answer["Ng"]  # as long as twice the triangle's area
        hit = answer["primID"] >= 0
        squared = across[:, 0] ** 2 + across[:, 1] ** 2 + across[:, 2] ** 2
        scale = np.divide(np.float32(1), np.sqrt(squared), out=np.zeros_like(squared), where=hit)
        return answer["tfar"], np.where(hit[:, None], across * scale[:, None], np.float32(0)), answer["primID"]
