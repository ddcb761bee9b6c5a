"""A model of all-reduce around a ring: what a step of many workers takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RingAllReduce:
    """Workers in a ring, each with a link to the next.

    bits_per_second: of a link, each way. latency: seconds until a message's first byte arrives.

    Example:
        >>> RingAllReduce(1e9, 0.0).seconds(125_000_000, workers=2)
        1.0
    """

    bits_per_second: float
    latency: float

    def seconds(self, size: float, workers: int, messages: int = 1) -> float:
        """The time in which `size` bytes of each worker are summed.

        2 (n - 1) / n of them pass each link, in 2 (n - 1) turns (Patarasuk and Yuan, Bandwidth optimal all-reduce
        algorithms for clusters of workstations, JPDC 2009).

        messages: sums that follow one another.
        """
        turns = 2 * (workers - 1)
        return turns / workers * 8 * size / self.bits_per_second + turns * messages * self.latency
