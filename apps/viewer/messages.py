"""Messages of a browser, checked: it can name positions of frames and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

MAX_CHARACTERS = 256
"""Of a message from the browser."""
_END_OF_COUNTS = 1 << 53
"""Below it, JavaScript's numbers count without gaps."""


@dataclass(frozen=True)
class Show:
    """Wants the frame at `position`, probably followed by one further in `direction`, 1 or -1."""

    position: int
    direction: int


@dataclass(frozen=True)
class Seen:
    """The frame with this `sequence` number is on the screen; drawing it took so many milliseconds."""

    sequence: int
    draw_ms: float


@dataclass(frozen=True)
class Control:
    """Wants a recording that is played to pause, to play on, or to come one scan further."""

    action: Literal["pause", "resume", "step"]


@dataclass(frozen=True)
class Here:
    """Nothing new: somebody still looks at the page."""


Message = Show | Seen | Control | Here


def parse(text: str) -> Message | None:
    """A message, or None for anything that is none."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _read(message) if isinstance(message, dict) else None


def _read(message: dict[str, Any]) -> Message | None:
    found: Message | None = None
    match message.get("type"):
        case "show":
            position, direction = message.get("position"), message.get("direction", 1)
            if _is_count(position) and direction in (1, -1):
                found = Show(position, int(direction))
        case "seen":
            sequence, draw_ms = message.get("sequence"), message.get("draw_ms")
            if _is_count(sequence) and _is_duration(draw_ms):
                found = Seen(sequence, float(draw_ms))
        case "control":
            action = message.get("action")
            if action in ("pause", "resume", "step"):
                found = Control(action)
        case "here":
            found = Here()
    return found


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _END_OF_COUNTS  # bool is no int here


def _is_duration(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 <= value < 1e6  # type: ignore[operator]  # NaN is not
