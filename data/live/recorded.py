"""A recorded drive played as if it were live."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping

from data.live.pace import Pace
from data.scan import Scan
from data.sources import Source
from projection import Sensor
from projection.errors import InputError

_log = logging.getLogger(__name__)

SCANS_PER_SECOND = 10.0
"""Of the sensor that recorded KITTI."""


class RecordedSource:
    """A source's scans, `pace.rate` of them a second. One that can't be read is passed over and counted."""

    def __init__(self, source: Source, pace: Pace) -> None:
        self.waits = True
        self.name = source.name
        self._source = source
        self._pace = pace
        self._counters: Counter[str] = Counter()
        self._ended = False

    @property
    def sensor(self) -> Sensor:
        """The recording's."""
        return self._source.sensor

    @property
    def status(self) -> str:
        """'running' until the last scan."""
        return "ended" if self._ended else "running"

    @property
    def counters(self) -> Mapping[str, int]:
        """Scans that were 'unreadable'."""
        return dict(self._counters)

    def close(self) -> None:
        """Yield no further scan."""
        self._pace.close()

    def scans(self) -> Iterator[Scan]:
        """Each scan in its turn."""
        for number, frame in enumerate(self._source.frames):
            if not self._pace.wait(float(number)):  # a second of the pace's clock each
                return
            try:
                scan = self._source.scan(frame)
            except InputError as error:
                self._counters["unreadable"] += 1
                _log.warning("%s: %s (skipped)", frame.path, error)
                continue
            yield scan
        self._ended = True
