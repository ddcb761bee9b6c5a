"""Arrays in one piece of memory."""

from __future__ import annotations

import numpy as np
import pytest

from projection.memory import together


@pytest.mark.parametrize("side", [1, 7, 700])
def test_arrays_are_of_the_shapes_and_types_wanted_and_none_overlaps_another(side):
    wanted = [((side, side), np.float32), ((0,), np.int32), ((side,), np.bool_), ((5, side, side), np.uint8)]
    arrays = together(*wanted)
    for k, (array, (shape, dtype)) in enumerate(zip(arrays, wanted, strict=True)):
        assert (array.shape, array.dtype) == (shape, dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert not array.size or array.ctypes.data % 64 == 0
        array[...] = k % 2
    assert [array.sum() for array in arrays] == [0, 0, 0, 5 * side**2]
