"""Embree's C interface, by ctypes: scenes of one triangle mesh each.

embreex, which brings the library, copies a mesh number by number, three times as long as Embree takes to index it; here
it is copied in one piece. Names and numbers are those of embree4/rtcore.h.
"""

from __future__ import annotations

import ctypes
import weakref
from ctypes import c_char_p, c_int, c_size_t, c_uint, c_void_p
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import libraries
from data.simulator.mesh import Floats
from projection.errors import InputError

_TRIANGLES, _INDEX, _VERTEX, _UINT3, _FLOAT3 = 0, 0, 1, 0x5003, 0x9003
_ROBUST = 4
_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rtcNewDevice": (c_void_p, (c_char_p,)),
    "rtcGetDeviceError": (c_int, (c_void_p,)),
    "rtcNewScene": (c_void_p, (c_void_p,)),
    "rtcSetSceneFlags": (None, (c_void_p, c_int)),
    "rtcNewGeometry": (c_void_p, (c_void_p, c_int)),
    "rtcSetNewGeometryBuffer": (c_void_p, (c_void_p, c_int, c_uint, c_int, c_size_t, c_size_t)),
    "rtcCommitGeometry": (None, (c_void_p,)),
    "rtcAttachGeometry": (c_uint, (c_void_p, c_void_p)),
    "rtcReleaseGeometry": (None, (c_void_p,)),
    "rtcCommitScene": (None, (c_void_p,)),
    "rtcReleaseScene": (None, (c_void_p,)),
    "rtcIntersect1": (None, (c_void_p, c_void_p, c_void_p)),
}


def load_embree() -> Any:
    """Embree's functions, loaded at first use.

    Raises:
        InputError: it cannot be loaded.
    """
    try:
        from embreex import rtcore_scene
    except (ImportError, OSError) as error:
        reason = libraries.explain(error) or f"{error}; pip install embreex (it has wheels for x86-64 alone)"
        raise InputError(f"the simulator needs embreex, which cannot be loaded: {reason}") from None
    try:
        return _functions(rtcore_scene.__file__)
    except (AttributeError, OSError) as error:
        raise InputError(f"the simulator needs embreex 4.4 or newer: {error}; pip install -U embreex") from None


@lru_cache(maxsize=1)
def _functions(module: str) -> Any:
    # What an extension module is linked with is found through it, wherever the wheel keeps it.
    library = ctypes.CDLL(module)
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@lru_cache(maxsize=8)
def _device(threads: int) -> int:
    return int(load_embree().rtcNewDevice(f"threads={threads}".encode()))


class EmbreeScene:
    """An index of one mesh. handle: its address, for rtcIntersect1; good as long as this object lives.

    Raises:
        InputError: Embree can't be loaded, or has no memory left.
    """

    def __init__(self, vertices: Floats, triangles: NDArray[np.uint32], threads: int) -> None:
        """Index a mesh: vertices (V, 3), triangles (T, 3), by so many threads, 0 for one a core."""
        embree, device = load_embree(), _device(threads)
        self.handle: int = embree.rtcNewScene(device)
        weakref.finalize(self, embree.rtcReleaseScene, self.handle)
        # Watertight at edges, and with the bits that open3d's RaycastingScene gives.
        embree.rtcSetSceneFlags(self.handle, _ROBUST)
        geometry = embree.rtcNewGeometry(device, _TRIANGLES)
        for kind, format_, array in (
            (_VERTEX, _FLOAT3, np.ascontiguousarray(vertices, np.float32)),
            (_INDEX, _UINT3, np.ascontiguousarray(triangles, np.uint32)),
        ):
            buffer = embree.rtcSetNewGeometryBuffer(geometry, kind, 0, format_, 12, len(array))
            if array.nbytes and buffer:
                ctypes.memmove(buffer, array.ctypes.data, array.nbytes)
        embree.rtcCommitGeometry(geometry)
        embree.rtcAttachGeometry(self.handle, geometry)
        embree.rtcReleaseGeometry(geometry)
        embree.rtcCommitScene(self.handle)
        error = embree.rtcGetDeviceError(device)
        if error:
            raise InputError(f"simulate: Embree can't index a street (its error {error}); memory may be short")
