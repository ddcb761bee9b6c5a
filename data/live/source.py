"""What every live source of scans is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from data.scan import Scan
from projection import Sensor


class LiveSource(Protocol):
    """Scans that come when they come: from a sensor, or from a recording played as if from one.

    One thread goes through `scans`; any other may meanwhile look at what is below, and close the source.
    """

    @property
    def name(self) -> str:
        """For people, such as 'udp://0.0.0.0:2368'."""
        ...

    @property
    def sensor(self) -> Sensor | None:
        """Whose scans they are; None until it is known, which it is with the first scan."""
        ...

    @property
    def status(self) -> str:
        """What it is doing, for people: 'running', 'waiting for packets', 'silent for 3 s'."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """Packets or messages by what became of them; they only ever grow."""
        ...

    @property
    def waits(self) -> bool:
        """Whether it can be kept waiting, as a recording can and a sensor can't."""
        ...

    def scans(self) -> Iterator[Scan]:
        """Each scan as soon as it is complete, until the source ends or is closed.

        Raises:
            InputError: the source can't be read any further.
        """
        ...

    def close(self) -> None:
        """Let go of sockets and files; `scans` then ends. May be called twice, and from another thread."""
        ...
