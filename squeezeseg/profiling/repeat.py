"""A call, timed again and again."""

from __future__ import annotations

import time
from collections.abc import Callable


def repeat(
    call: Callable[[], object],
    seconds: float,
    *,
    warm_up: int,
    fewest: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Milliseconds of each call, for so many seconds after warming up.

    warm_up: calls before, which don't count. fewest: calls that count at the least, however long they take.
    clock: that tells seconds.
    """
    for _ in range(warm_up):
        call()
    times: list[float] = []
    begun = now = clock()
    while now - begun < seconds or len(times) < fewest:
        call()
        last, now = now, clock()
        times.append((now - last) * 1e3)
    return times
