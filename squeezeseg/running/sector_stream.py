"""Live segmentation before the turn ends: each sector of a turn is labelled as soon as its last packet is there."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data.live import LiveSource
from data.turn_sector import TurnSector
from projection import InputError, Sensor
from squeezeseg.inference.labelled_sector import LabelledSector, brought_up_to_date
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.turn_sectors import SectorLabeller
from squeezeseg.running.stream import Stream
from squeezeseg.running.subscription import StreamFrame, Subscription


@dataclass(frozen=True, eq=False)
class SectorFrame:
    """A labelled sector.

    number: of the labelled sectors, from 0.
    arrived, done: time.monotonic() when its last packet was there, and when its labels were.
    """

    number: int
    labelled: LabelledSector
    arrived: float
    done: float

    @property
    def latency(self) -> float:
        """Seconds from the sector's last packet to its labels."""
        return self.done - self.arrived


class SectorStream(Stream):
    """A stream that labels each of so many sectors of a turn as it comes, one after the other.

    Subscribers get whole turns, as of any stream, put together of their labelled sectors; or, by `subscribe_sectors`,
    each sector at once. Half a turn waits at most while a sector is being labelled; when more comes, the newest turn is
    dropped, what waits of it and what will come. A turn of which a sector was refused is not handed on, and counted.
    Latencies are those of sectors.

    source, segmenter, frames, keep_all: see `Stream`; frames are whole turns. sectors: of a turn, see `SectorLabeller`.
    """

    def __init__(
        self,
        source: LiveSource,
        segmenter: Segmenter | Callable[[Sensor], Segmenter],
        sectors: int,
        *,
        frames: int | None = None,
        keep_all: bool = False,
    ) -> None:
        super().__init__(source, segmenter, frames=frames, keep_all=keep_all)
        self.sectors = sectors
        self._room = sectors // 2
        self._at_once = 1 / sectors
        self._of_sectors: list[Subscription[SectorFrame]] = []
        self._labelled: list[LabelledSector] = []  # of a turn
        self._count = 0
        self._skipped = self._refused = -1  # turns

    def subscribe_sectors(self, depth: int = 1, *, name: str = "subscriber") -> Subscription[SectorFrame]:
        """A new queue of at most `depth` sectors, from the next one on; see `Stream.subscribe`."""
        return self._subscribe(Subscription(name, depth, False, self._change), self._of_sectors)

    def _parts(self) -> Iterator[TurnSector]:
        return self.source.sectors(self.sectors)

    def _ends_scan(self, part: TurnSector) -> bool:
        return part.whole is not None

    def _make_room(self, part: TurnSector) -> bool:
        if part.turn == self._skipped:
            return False
        if len(self._waiting) < self._room:
            return True
        # The turn that began before may be labelled to its end still, and this one can't.
        self._skipped = part.turn
        self._waiting = deque(one for one in self._waiting if one[0].turn != part.turn)
        self._count_dropped()
        return False

    def _refuse_sector(self, sector: TurnSector, error: InputError) -> None:
        if self._refused != sector.turn:
            self._refused = sector.turn
            self._refuse(sector.scan, error)

    def _lane(self, segmenter: Segmenter) -> None:
        labeller = SectorLabeller(segmenter, self.sectors)
        while (taken := self._take()) is not None:
            _, sector, arrived = taken
            begun = time.monotonic()
            try:
                labelled = labeller(sector)
            except InputError as error:
                self._refuse_sector(sector, error)
            else:
                self._deliver_sector(labelled, arrived, begun)
                if sector.whole is not None:
                    labeller.check(sector.whole)
                    self._deliver_turn(labeller, arrived)
            with self._change:
                if not self._go_on(time.monotonic()):
                    return
        self._finish()

    def _deliver_sector(self, labelled: LabelledSector, arrived: float, begun: float) -> None:
        done = time.monotonic()
        if self._labelled and self._labelled[-1].sector.turn != labelled.sector.turn:
            self._labelled.clear()
        self._labelled = brought_up_to_date(self._labelled, labelled)
        with self._change:
            self._measure(arrived, begun, done)
            frame = SectorFrame(self._count, labelled, arrived, done)
            self._count += 1
            for subscription in tuple(self._of_sectors):
                subscription.put(frame)

    def _deliver_turn(self, labeller: SectorLabeller, arrived: float) -> None:
        """Hand on the turn whose last sector has been labelled, if all of it was."""
        if labeller.is_whole(self._labelled):
            turn = labeller.turn(self._labelled)
            with self._change:
                self._put(StreamFrame(self._frames, turn.scan, turn, arrived, time.monotonic()))
