"""Playback of a recording as a live source: it can be paused, stepped through, and played again and again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from data.live.source import LiveSource
from data.scan import Scan
from data.turn_sector import TurnSector
from projection import Sensor

WAITING = "waiting for the page to be opened"
PAUSED = "paused"

T = TypeVar("T")


class Playback:
    """A live source around a recording's, whose scans wait while it is paused.

    source: a recording's, for a sensor can't be kept waiting. again: opens it anew for each further round; None to
    play it once. wait: whether all scans but the first wait until `begin`.
    """

    def __init__(
        self, source: LiveSource, again: Callable[[], LiveSource] | None = None, *, wait: bool = False
    ) -> None:
        self.name = source.name
        self.waits = True
        self.pauses = 0
        self.sensor: Sensor | None = source.sensor
        self._source = source
        self._again = again
        self._change = threading.Condition()  # guards everything below
        self._waiting = wait
        self._paused = self._stepping = self._closed = self._ended = False
        self._counters: Counter[str] = Counter()  # of the rounds before this one
        self._turns = 0

    @property
    def status(self) -> str:
        """'ended', why no scan comes, or the state of the recording."""
        with self._change:
            if self._ended:
                return "ended"
            if self._waiting:
                return WAITING
            if self._paused:
                return PAUSED
            return "running" if self._again is not None and self._source.status == "ended" else self._source.status

    @property
    def paused(self) -> bool:
        """True from `pause` until `resume`."""
        return self._paused

    @property
    def counters(self) -> Mapping[str, int]:
        """The recording's, of all rounds together."""
        return self._counters + Counter(self._source.counters)

    def begin(self) -> None:
        """Wait no longer: somebody is watching."""
        self._set(waiting=False)

    def pause(self) -> None:
        """Hold the scans back."""
        self._set(paused=True)

    def resume(self) -> None:
        """Play on."""
        self._set(paused=False)

    def step(self) -> None:
        """Let one more scan come, and then none."""
        with self._change:
            self._paused = self._stepping = True
            self._change.notify_all()

    def close(self) -> None:
        """See `LiveSource`."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._source.close()

    def scans(self) -> Iterator[Scan]:
        """See `LiveSource`. The first scan comes in any case, so that there is something to look at."""
        yield from self._play(lambda source: source.scans(), lambda _: True)

    def sectors(self, count: int) -> Iterator[TurnSector]:
        """See `LiveSource`. A turn's first sector waits, where the scan would; turns are counted through all rounds."""
        yield from self._play(lambda source: self._counted(source.sectors(count)), lambda sector: sector.number == 0)

    def _counted(self, sectors: Iterator[TurnSector]) -> Iterator[TurnSector]:
        before = self._turns
        for sector in sectors:
            self._turns = before + sector.turn + 1
            yield replace(sector, turn=before + sector.turn)

    def _play(self, parts: Callable[[LiveSource], Iterator[T]], waits: Callable[[T], bool]) -> Iterator[T]:
        first = True
        while True:
            came = False
            for part in parts(self._source):
                self.sensor = self._source.sensor
                came = True
                if waits(part):
                    if not first and not self._may_go_on():
                        return
                    first = False
                yield part
            if not came or not self._begin_again():
                break
        self._ended = True

    def _begin_again(self) -> bool:
        """Open the recording anew. False where it is played once only, or was closed."""
        if self._again is None or self._was_closed():
            return False
        self._counters.update(self._source.counters)
        self._source.close()
        self._source = self._again()
        if self._was_closed():  # in the meantime, and `close` has closed the one before
            self._source.close()
            return False
        return True

    def _was_closed(self) -> bool:
        with self._change:
            return self._closed

    def _may_go_on(self) -> bool:
        """Wait while the scans are held back. False after `close`."""
        with self._change:
            if self._held:
                self.pauses += 1
                self._change.wait_for(lambda: self._closed or not self._held)
            self._stepping = False
            return not self._closed

    @property
    def _held(self) -> bool:
        return self._waiting or (self._paused and not self._stepping)

    def _set(self, *, waiting: bool | None = None, paused: bool | None = None) -> None:
        with self._change:
            self._waiting = self._waiting if waiting is None else waiting
            self._paused = self._paused if paused is None else paused
            self._stepping = False
            self._change.notify_all()
