"""Arrays as the kernels take them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only whatever it was: numba compiles once for each kind of array."""
    array = np.ascontiguousarray(array).view()
    array.flags.writeable = False
    return array
