"""A watch over a stream of scans: its first scans are checked, then one now and then, and each misfit is told once."""

from __future__ import annotations

import logging
import threading
from collections import Counter

from data.plausibility.excerpt import POINTS_PER_BEAM
from data.plausibility.misfit import Misfit
from data.plausibility.misfits import misfits
from data.plausibility.street import narrow_place
from data.scan import Scan
from projection import Sensor

_log = logging.getLogger(__name__)

FIRST = 3
EVERY = 100
"""Of the first scans each is checked, later one in so many: a check takes a fifth of the time of a scan's labels."""
_IN_A_ROW = 3
"""Checks that find a misfit before it is told, if the first one didn't: a hill or a tunnel is no fault."""


class Watch:
    """Checks scans that come one after the other, from any thread.

    sensor: whose they are.
    told: what was logged, in the order in which it was.
    """

    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._count = self._checks = 0
        self._row: Counter[str] = Counter()
        self._known: set[str] = set()
        self.told: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, scan: Scan, *, always: bool = False) -> Misfit | None:
        """Check `scan` if it is its turn, and log what doesn't fit and wasn't told yet. Small scans have no turn.

        always: check it even if it isn't.

        Returns what shows that it is of no street, as far as it was checked: each scan is looked at for rooms.
        """
        if len(scan) < POINTS_PER_BEAM * self._sensor.beams:
            return None
        with self._lock:
            number = self._count
            self._count += 1
        if number < FIRST or number % EVERY == 0 or always:
            found = {one.what: one for one in misfits(scan, self._sensor)}
        elif narrow := narrow_place(scan.points):
            found = {narrow.what: narrow}
        else:
            return None
        self._tell(scan, found)
        return next((one for one in found.values() if not one.street), None)

    def _tell(self, scan: Scan, found: dict[str, Misfit]) -> None:
        with self._lock:
            self._row = Counter({what: self._row[what] + 1 for what in found})
            wanted = 1 if self._checks == 0 else _IN_A_ROW
            self._checks += 1
            new = [what for what in found if self._row[what] >= wanted and what not in self._known]
            self._known.update(new)
            self.told += [found[what].of(scan.name) for what in new]
        for what in new:
            _log.warning("%s", found[what].of(scan.name))
