"""Messages of a browser, checked: it can name positions of frames and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeGuard

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


def parse(text: str) -> Show | Seen | None:
    """A message, or None for anything that is none."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    match message.get("type"):
        case "show":
            position, direction = message.get("position"), message.get("direction", 1)
            if _is_count(position) and direction in (1, -1):
                return Show(position, int(direction))
        case "seen":
            sequence, draw_ms = message.get("sequence"), message.get("draw_ms")
            if _is_count(sequence) and _is_duration(draw_ms):
                return Seen(sequence, float(draw_ms))
    return None


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _END_OF_COUNTS  # bool is no int here


def _is_duration(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 <= value < 1e6  # type: ignore[operator]  # NaN is not
