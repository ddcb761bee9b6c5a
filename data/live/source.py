"""The interface of live sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from data.scan import Scan
from data.turn_sector import TurnSector
from projection import Sensor


class LiveSource(Protocol):
    """A source that sets the pace of its scans: a sensor, or a recording played as if it were one.

    One thread goes through `scans`; any other may meanwhile read the properties, and close the source.
    """

    @property
    def name(self) -> str:
        """The source's name, such as 'udp://0.0.0.0:2368'."""
        ...

    @property
    def sensor(self) -> Sensor | None:
        """The sensor; None until it is known, at the latest with the first scan."""
        ...

    @property
    def status(self) -> str:
        """The state, for people: 'running', 'waiting for packets', 'silent for 3 s'."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts of packets or messages by their fate; they never fall."""
        ...

    @property
    def waits(self) -> bool:
        """True if it can be kept waiting, as a recording can and a sensor can't."""
        ...

    @property
    def pauses(self) -> int:
        """How often somebody held the scans back, for no rate counts the time that this took."""
        ...

    def scans(self) -> Iterator[Scan]:
        """Each scan as soon as it is complete, until the source ends or is closed.

        Raises:
            InputError: the source can't be read any further.
        """
        ...

    def sectors(self, count: int) -> Iterator[TurnSector]:
        """The scans in so many sectors each, every one as soon as it is complete; instead of `scans`.

        Raises:
            InputError: the source can't be read any further, or has no sectors.
        """
        ...

    def close(self) -> None:
        """Release sockets and files; `scans` then ends. May be called twice, and from another thread."""
        ...
