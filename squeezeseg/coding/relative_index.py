"""Positions of non-zero codes as gaps of a few bits, as Deep Compression has them (arXiv 1510.00149, figure 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def to_gaps(codes: NDArray[np.int16], bits: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Gaps (n,), zeros skipped before each entry, and the entries' codes (n,), of flat codes.

    Where more zeros follow one another than fit, a filler stands between: the largest gap, and a code that is zero.
    """
    step = 1 << bits
    places = np.flatnonzero(codes)
    ahead = np.diff(places, prepend=-1) - 1
    fillers = ahead // step
    entry = np.cumsum(fillers + 1) - 1
    count = int(entry[-1]) + 1 if entry.size else 0
    gaps = np.full(count, step - 1, np.int32)
    values = np.zeros(count, np.int16)
    gaps[entry], values[entry] = ahead - fillers * step, codes[places]
    return gaps, values


def from_gaps(gaps: NDArray[np.integer], values: NDArray[np.integer], count: int) -> NDArray[np.int16]:
    """`count` flat codes of `to_gaps`. Raises ValueError if the entries reach beyond them."""
    places = np.cumsum(np.asarray(gaps, np.int64) + 1) - 1
    if places.size and places[-1] >= count:
        raise ValueError(f"entries up to position {places[-1]} of {count} codes")
    codes = np.zeros(count, np.int16)
    codes[places] = values
    return codes
