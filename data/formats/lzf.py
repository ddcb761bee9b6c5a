"""LZF, the compression inside .pcd files: literal runs and copies of what came before."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_RATIO = 90
"""A copy of at most 264 bytes takes 3: no honest stream grows by more."""


@njit(cache=True, nogil=True)
def decompress(source: NDArray[np.uint8], target: NDArray[np.uint8]) -> int:
    """Decompress `source` into `target`; the number of bytes written, -1 where the stream is corrupt.

    The format: Marc Lehmann's liblzf, lzf_d.c. A control byte below 32 is followed by that many
    literals and one more; else its upper three bits are the length less 2 (7: add the next byte) and
    its lower five, with the next byte, the distance less 1.
    """
    read = 0
    written = 0
    while read < source.shape[0]:
        control = np.int64(source[read])
        read += 1
        if control < 32:
            length = control + 1
            if read + length > source.shape[0] or written + length > target.shape[0]:
                return -1
            for _ in range(length):
                target[written] = source[read]
                written += 1
                read += 1
            continue
        length = control >> 5
        if length == 7:
            if read >= source.shape[0]:
                return -1
            length += np.int64(source[read])
            read += 1
        length += 2
        if read >= source.shape[0]:
            return -1
        origin = written - ((control & 31) << 8) - np.int64(source[read]) - 1
        read += 1
        if origin < 0 or written + length > target.shape[0]:
            return -1
        for _ in range(length):  # byte by byte: a copy may overlap itself
            target[written] = target[origin]
            written += 1
            origin += 1
    return written
