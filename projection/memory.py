"""Memory for arrays that are used together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LINE = 64
"""Bytes of a line of the caches, at whose beginning each array lies."""
_HUGE = 1 << 22
"""Bytes from which on NumPy asks the system for pages of 2 MB."""
_SOME = 1 << 21
"""Bytes that are worth one."""


def together(*wanted: tuple[tuple[int, ...], DTypeLike]) -> list[NDArray[Any]]:
    """Arrays of such shapes and types, in one piece of memory, their contents undefined.

    A processor knows by heart where some two thousand pages lie. Those of 4 kB that a scan's way through touches are
    more; of 2 MB, which only large pieces of memory get, they are ten.
    """
    sizes = [-(-math.prod(shape) * np.dtype(dtype).itemsize // _LINE) * _LINE for shape, dtype in wanted]
    total = sum(sizes) + _LINE
    memory = np.empty(max(total, _HUGE) if total >= _SOME else total, np.uint8)
    start = -memory.ctypes.data % _LINE
    arrays = []
    for (shape, dtype), size in zip(wanted, sizes, strict=True):
        used = math.prod(shape) * np.dtype(dtype).itemsize
        arrays.append(memory[start : start + used].view(dtype).reshape(shape))
        start += size
    return arrays
