"""Feed: the page's source of frames, a drive or a stream, and the table of classes that it tells the page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from data.labels import BACKGROUND, CLASS_TABLE
from squeezeseg.plotting.palette import DIFFERENCES, ERRORS, MOTIONS, NO_LABEL, OBJECTS, POINTS, Shades

STEP = 15
"""Between the colours of a scale's 256 that are sent."""
KEYS = "123456"
"""The page's keys for classes; 7 to 9 are points of view."""


@dataclass(frozen=True)
class Sent:
    """A frame on its way to a browser.

    data: see `packet`. number: of the frame in the stream, or its position in the drive.
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
        """The facts that a page needs before the first frame, as JSON has them; `class_table` is among them."""

    @abstractmethod
    def request(self, who: Hashable, position: int, direction: int = 1) -> Future[Sent]:
        """A frame for the client `who`, whose earlier request is dropped if it is still open.

        Of a drive the frame at `position`, and the next will probably be one further in `direction`; of a stream the
        newest that this client hasn't had. The future raises InputError where the frame can't be shown.
        """

    @abstractmethod
    def news(self, since: int) -> tuple[int, dict[str, Any] | None]:
        """The number to ask with next time, and the changes after the `since`th news, None if there are none."""

    def control(self, action: str) -> None:  # noqa: B027 - most feeds have nothing to control
        """Do what a browser wants of a recording that is played: 'pause', 'resume' or 'step'."""

    @abstractmethod
    def leave(self, who: Hashable) -> None:
        """The client `who` is gone."""

    @abstractmethod
    def close(self) -> None:
        """End the feed's threads; open requests are cancelled."""


def class_table() -> dict[str, Any]:
    """The classes, kinds of errors and their colours, as JSON has them.

    classes: by id; no_label: points without a class. Each has name, plural, key (a digit that shows and hides it, ''
    where digits have run out; letters are the page's own) and its colour on dark paper and on light.
    background: the id of what is no object. errors: name and colours by kind, see `palette.ERRORS`.
    differences: likewise, see `palette.DIFFERENCES`. objects: colours of neighbouring numbers.
    motions: colours of tracks, see `palette.MOTIONS`.
    scales: of the values that points are coloured by, see `colouring.SCALES`, with colours at equal steps.
    """
    from apps.drawing.colouring import SCALES

    named = [*((one.name, one.plural) for one in CLASS_TABLE), (NO_LABEL, "points without a label")]
    *classes, no_label = (
        {"name": name, "plural": plural, "key": KEYS[k : k + 1], **_shades(POINTS[name])}
        for k, (name, plural) in enumerate(named)
    )
    return {
        "classes": classes,
        "no_label": no_label,
        "background": BACKGROUND,
        "errors": [{"name": name, **_shades(shades)} for name, shades in ERRORS.items()],
        "differences": [{"name": name, **_shades(shades)} for name, shades in DIFFERENCES.items()],
        "objects": [_shades(shades) for shades in OBJECTS],
        "motions": {name: _shades(shades) for name, shades in MOTIONS.items()},
        "scales": {
            mode: {
                "name": scale.name,
                "low": scale.low,
                "high": scale.high,
                "unit": scale.unit,
                "logarithmic": scale.logarithmic,
                "dark": scale.table[::STEP].tolist(),
                "light": scale.on_light.table[::STEP].tolist(),
            }
            for mode, scale in SCALES.items()
        },
    }


def _shades(shades: Shades) -> dict[str, list[int]]:
    return {"dark": list(shades.dark), "light": list(shades.light)}
