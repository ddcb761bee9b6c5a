"""What the page can show: a drive, frame by frame, or a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from data.labels import CLASSES, COLOURS, IGNORE_COLOUR


@dataclass(frozen=True)
class Sent:
    """A frame on its way to a browser.

    data: see `packet`. number: how manieth frame of the stream it is, or its position in the drive.
    arrived: when its last packet came, by time.monotonic(); None for a frame of a drive.
    """

    data: bytes
    number: int
    arrived: float | None = None


class Feed(ABC):
    """A source of encoded frames for any number of browsers. Its methods may be called from any thread.

    generation: changes when all that was sent before is out of date, for instance with another network.
    """

    generation: int = 0

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What a page must know before the first frame, as JSON has it."""

    @abstractmethod
    def request(self, who: Hashable, position: int, direction: int = 1) -> Future[Sent]:
        """A frame for the client `who`, whose earlier request is dropped if it is still open.

        Of a drive the frame at `position`, and the next will probably be one further in `direction`; of a stream the
        newest that this client hasn't had. The future raises InputError where the frame can't be shown.
        """

    @abstractmethod
    def news(self, since: int) -> tuple[int, dict[str, Any] | None]:
        """What changed after the `since`th news, None if nothing did, and the number to ask with next time."""

    @abstractmethod
    def leave(self, who: Hashable) -> None:
        """The client `who` is gone."""

    @abstractmethod
    def close(self) -> None:
        """End the feed's threads; open requests are cancelled."""


def class_table() -> dict[str, Any]:
    """The classes and their colours, as JSON has them."""
    return {"classes": list(CLASSES), "colours": COLOURS.tolist(), "no_label": list(IGNORE_COLOUR)}
