"""Playback: the frame that a viewer shows, how it shows it, and the keys that change both, apart from any window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from apps.drawing.colouring import MODES, ColourMode
from data.labels import BACKGROUND, CLASS_TABLE, IGNORE, OBJECT_CLASSES

_HIDEABLE = [CLASS_TABLE[k] for k in (*OBJECT_CLASSES, BACKGROUND)]
KEYS = {
    "space": "play or pause",
    "left, right": "a frame back, a frame on",
    "home, end": "the first frame, the last",
    f"1 to {len(MODES)}": f"colour by {', '.join(MODES)}",
    ", ".join(one.key for one in _HIDEABLE): f"show or hide {', '.join(one.plural for one in _HIDEABLE)}",
    "b": "show or hide boxes",
    "+, -": "larger points, smaller points",
    "h": "this help",
    "q": "quit",
}
"""Descriptions by key, for people."""

_TOGGLED = {one.key: {k, IGNORE} if k == BACKGROUND else {k} for k, one in enumerate(CLASS_TABLE)}
"""Labels that a key shows and hides: those without a class go along with the background."""
_DIGITS = tuple(str(number) for number in range(1, len(MODES) + 1))
_SMALLEST, _LARGEST = 1, 12


class Look(NamedTuple):
    """All that the picture depends on; see `Playback`."""

    position: int
    mode: ColourMode
    boxes: bool
    hidden: frozenset[int]
    point_size: int
    playing: bool


@dataclass
class Playback:
    """State of a viewer of `count` frames: the frame that is shown, and how.

    position: of the frame, from 0. mode: what colours say. hidden: labels whose points are not shown.
    point_size: in pixels. boxes: whether they are shown. fps: frames a second while it plays.
    truth: whether there is ground truth, without which there are no errors to colour.
    """

    count: int
    mode: ColourMode = "class"
    truth: bool = False
    fps: float = 10.0
    boxes: bool = False
    position: int = 0
    playing: bool = True
    point_size: int = 3
    hidden: set[int] = field(default_factory=set)
    quitting: bool = False
    asked_for_help: bool = False
    _shown: float | None = None

    @property
    def look(self) -> Look:
        """All that the picture depends on."""
        return Look(self.position, self.mode, self.boxes, frozenset(self.hidden), self.point_size, self.playing)

    def press(self, key: str) -> bool:
        """Act on a key, a character or one of space, left, right, home, end; False if it is for nothing."""
        if key == "space":
            self.playing = not self.playing
        elif key in ("left", "right"):
            self.playing = False
            self.position = (self.position + (1 if key == "right" else -1)) % self.count
        elif key in ("home", "end"):
            self.position = 0 if key == "home" else self.count - 1
        elif key in _DIGITS:
            wanted = MODES[int(key) - 1]
            if wanted == "error" and not self.truth:
                return False
            self.mode = wanted
        elif key in _TOGGLED:
            self.hidden ^= _TOGGLED[key]
        elif key == "b":
            self.boxes = not self.boxes
        elif key in ("+", "-"):
            self.point_size = min(max(self.point_size + (1 if key == "+" else -1), _SMALLEST), _LARGEST)
        elif key == "h":
            self.asked_for_help = True
        elif key == "q":
            self.quitting = True
        else:
            return False
        return True

    def shown(self, now: float) -> None:
        """The frame at `position` has come on the screen. now: seconds, of any clock."""
        self._shown = now

    def advance(self, now: float) -> bool:
        """Go to the next frame if it plays and the one that is shown has had its time; the first follows the last."""
        if not self.playing or self._shown is None or now - self._shown < 1 / self.fps:
            return False
        self.position = (self.position + 1) % self.count
        self._shown = None
        return True
