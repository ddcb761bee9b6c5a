"""An excerpt of a scan: enough of its returns to judge it by, in a fifth of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.scan import Scan
from projection import Sensor, returns

POINTS_PER_BEAM = 8
"""Scans of fewer points can't be judged."""

_MOST = 24_000
_RUN = 64
"""Successive points that are taken or left together, of each beam: steps from point to point are measured."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Some of a scan's returns, in the scan's order.

    scan: what it is of.
    xyz: (N, 3) float64, metres. intensity: (N,) float32. ring: (N,) uint8, the beam of each where it is known.
    """

    scan: Scan
    xyz: NDArray[np.float64]
    intensity: NDArray[np.float32]
    ring: NDArray[np.uint8] | None

    @classmethod
    def of(cls, scan: Scan, sensor: Sensor) -> Excerpt | None:
        """Of a scan that may be the sensor's; None if it has too few returns to be judged."""
        # With a ring field, points may come firing by firing, all beams together.
        run = _RUN if scan.ring is None else 16 * sensor.beams
        every = max(len(scan) // _MOST, 1)
        chosen = slice(None) if every == 1 else np.flatnonzero(np.arange(len(scan)) // run % every == 0)
        points, ring = scan.points[chosen], None if scan.ring is None else scan.ring[chosen]
        seen = returns(points)
        if np.count_nonzero(seen) < POINTS_PER_BEAM * sensor.beams:
            return None
        return cls(scan, points[seen, :3].astype(np.float64), points[seen, 3], None if ring is None else ring[seen])

    @property
    def few(self) -> NDArray[np.float64]:
        """(M, 3): still fewer of them, for statistics."""
        return self.xyz[:: max(len(self.xyz) // 6_000, 1)]
