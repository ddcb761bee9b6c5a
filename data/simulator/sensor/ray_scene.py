"""Triangle meshes indexed for rays by Embree."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from data.simulator.mesh import Floats
from data.simulator.sensor.embree import EmbreeScene, load_embree

PART = 16_384
"""Rays that a thread casts at a time."""

# Words of a ray in Embree, 32 bits each: RTCRayHit.
_WORDS = 20
_ORIGIN, _NEAR, _DIRECTION, _TIME, _FAR, _MASK, _ID, _FLAGS, _NORMAL, _TRIANGLE = 0, 3, 4, 7, 8, 9, 10, 11, 12, 17
_NONE = 0xFFFFFFFF
_ALIGNMENT = 16


class RayScene:
    """One mesh of T triangles that never moves; rays may be cast at it from several threads."""

    def __init__(self, vertices: Floats, triangles: NDArray[np.uint32], threads: int = 0) -> None:
        """Index a mesh.

        Args:
            vertices: (V, 3) float32, metres.
            triangles: (T, 3) uint32, indices of vertices.
            threads: that index it and cast rays, 0 for one a core.

        Raises:
            InputError: Embree can't be loaded, or has no memory left.
        """
        self._scene = EmbreeScene(vertices, triangles, threads)
        self._threads = threads or len(os.sched_getaffinity(0))

    def cast(self, rays: Floats, limit: Floats | None = None) -> tuple[Floats, Floats, NDArray[np.int32]]:
        """The first triangle that each ray meets; the same with any number of threads.

        Args:
            rays: (M, 6) float32, origin and unit direction.
            limit: (M,) float32, metres to which each ray goes; without it, for ever.

        Returns:
            Distance (M,) float32 in metres, the limit for none; the triangle's unit normal (M, 3) float32, zeros for
            none; its index (M,) int32, -1 for none.
        """
        distance = np.full(len(rays), np.inf, np.float32) if limit is None else limit.copy()
        normal = np.empty((len(rays), 3), np.float32)
        triangle = np.empty(len(rays), np.int32)
        kernel = _kernel()

        def cast_part(start: int) -> None:
            part = slice(start, start + PART)
            ray = _aligned_words()
            floats, address = ray.view(np.float32), ray.ctypes.data
            kernel(self._scene.handle, ray, floats, address, rays[part], distance[part], normal[part], triangle[part])

        starts = range(0, len(rays), PART)
        threads = min(self._threads, len(starts))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(cast_part, starts))
        else:
            for start in starts:
                cast_part(start)
        return distance, normal, triangle


def _aligned_words() -> NDArray[np.uint32]:
    """One ray's words, where Embree wants them in memory."""
    words = np.zeros(_WORDS + _ALIGNMENT // 4, np.uint32)
    first = -words.ctypes.data % _ALIGNMENT // 4
    return words[first : first + _WORDS]


@lru_cache(maxsize=1)
def _kernel() -> Callable[..., None]:
    """The loop over rays, compiled at first use: numba can't keep what calls another library's function."""
    intersect = load_embree().rtcIntersect1

    @numba.njit(nogil=True)
    def cast(
        scene: int,
        words: NDArray[np.uint32],
        floats: Floats,
        address: int,
        rays: Floats,
        distance: Floats,
        normal: Floats,
        triangle: NDArray[np.int32],
    ) -> None:
        for ray in range(len(rays)):
            for axis in range(3):
                floats[_ORIGIN + axis] = rays[ray, axis]
                floats[_DIRECTION + axis] = rays[ray, 3 + axis]
            floats[_NEAR], floats[_TIME], floats[_FAR] = 0.0, 0.0, distance[ray]
            words[_MASK], words[_ID], words[_FLAGS] = _NONE, 0, 0
            for none in range(_TRIANGLE, _WORDS):
                words[none] = _NONE
            intersect(scene, address, 0)
            distance[ray] = floats[_FAR]
            if words[_TRIANGLE] == _NONE:
                triangle[ray] = -1
                normal[ray, :] = 0.0
                continue
            triangle[ray] = words[_TRIANGLE]
            x, y, z = floats[_NORMAL], floats[_NORMAL + 1], floats[_NORMAL + 2]  # as long as twice the triangle's area
            scale = np.float32(1.0) / np.sqrt(x * x + y * y + z * z)
            normal[ray, 0], normal[ray, 1], normal[ray, 2] = x * scale, y * scale, z * scale

    return cast
