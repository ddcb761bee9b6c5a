"""Recorded scans played as a live source."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.live.pace import Pace
from data.live.played import PlayedSource
from data.scan import Scan
from data.sources import Frame, Source
from data.turn_sector import TurnSector, cut_turn
from projection import Sensor
from projection.errors import InputError

_log = logging.getLogger(__name__)

SCANS_PER_SECOND = 10.0
"""The rate of the sensor that recorded KITTI."""


class RecordedSource(PlayedSource):
    """A source's scans, `pace.rate` of them a second. One that can't be read is passed over.

    counters: scans that were 'unreadable'.
    """

    def __init__(self, source: Source, pace: Pace) -> None:
        super().__init__(source.name, pace)
        self._source = source

    @property
    def sensor(self) -> Sensor:
        """The recording's sensor."""
        return self._source.sensor

    def scans(self) -> Iterator[Scan]:
        """Each scan in its turn."""
        for number in range(len(self._source.frames)):
            if not self._pace.wait(float(number)):  # a second of the pace's clock each
                return
            scan = self._read(number)
            if scan is not None:
                yield scan
        self._ended = True

    def sectors(self, count: int) -> Iterator[TurnSector]:
        """Each sector when a sensor that turns at this pace would have gone through it."""
        for number in range(len(self._source.frames)):
            scan = self._read(number)
            if scan is None:
                continue
            for sector in cut_turn(scan, number, count, self.sensor):
                if not self._pace.wait(number + (sector.number + 1) / count):
                    return
                yield sector
        self._ended = True

    def _pose(self, frame: Frame) -> NDArray[np.float64] | None:
        try:
            return self._source.pose(frame)
        except InputError as error:  # which costs no scan
            self._source.warn_once("poses", f"{error} (left out)")
            return None

    def _read(self, number: int) -> Scan | None:
        frame = self._source.frames[number]
        try:
            return replace(self._source.scan(frame), pose=self._pose(frame))
        except InputError as error:
            self._counters["unreadable"] += 1
            _log.warning("%s: %s (skipped)", frame.path, error)
            return None
