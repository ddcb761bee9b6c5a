"""Track marks: what a picture shows of tracks, which are boxes, trails and words beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.drawing.outlines import Outlines
from data.labels import RGB
from squeezeseg.plotting.palette import MOTIONS, PAPER, motion_of
from squeezeseg.tracking.followed import Followed

FAINT = 0.45
"""Share of its colour that a box has whose object is hidden, or seen once only."""
FAINT_WORDS = 0.6
"""The same of words."""
TRAIL_END = 0.25
"""Share of its colour that a trail's far end has."""
ABOVE = 0.3
"""Metres from a box's top to the words."""


@dataclass(frozen=True)
class Tag:
    """Words at a place in the sensor's frame, metres."""

    text: str
    place: tuple[float, float, float]
    colour: RGB


@dataclass(frozen=True, eq=False)
class TrackMarks:
    """What a picture shows of tracks. trails: (M, 6) from x, y, z to x, y, z, metres. trail_colours: (M, 3) uint8.

    tags: the ones that matter most first.
    """

    outlines: Sequence[Outlines] = ()
    trails: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 6), np.float32))
    trail_colours: NDArray[np.uint8] = field(default_factory=lambda: np.empty((0, 3), np.uint8))
    tags: Sequence[Tag] = ()


def track_marks(followed: Iterable[Followed]) -> TrackMarks:
    """Boxes by what moves and what is parked, faint where an object is hidden or seen once only; trails and words.

    What is hidden and was seen once only has none.
    """
    followed = sorted((one for one in followed if one.seen or one.confirmed), key=_weight)
    outlines = [
        Outlines(
            [one.box for one in followed if one.moving is moving and _sure(one) is sure],
            colour if sure else _mixed(colour, FAINT),
            motion_of(moving) if sure else "",
        )
        for moving, colour in _COLOURS.items()
        for sure in (False, True)
    ]
    lines, colours = [np.empty((0, 6))], [np.empty((0, 3))]
    for one in followed:
        steps = np.concatenate([one.trail[:-1], one.trail[1:]], axis=1)
        share = np.linspace(TRAIL_END, 1, len(steps))[:, None]
        lines.append(steps)
        colours.append(share * _COLOURS[one.moving] + (1 - share) * np.array(PAPER))
    tags = [
        Tag(one.title, _top(one), _COLOURS[one.moving] if _sure(one) else _mixed(_COLOURS[one.moving], FAINT_WORDS))
        for one in followed
    ]
    trails, fading = np.concatenate(lines).astype(np.float32), np.concatenate(colours).astype(np.uint8)
    return TrackMarks(outlines, trails, fading, tags)


_COLOURS: dict[bool | None, RGB] = {moving: MOTIONS[motion_of(moving)].dark for moving in (True, False, None)}


def _sure(one: Followed) -> bool:
    return one.seen and one.confirmed


def _weight(one: Followed) -> tuple[bool, bool, float]:
    """What moves before what doesn't, the near before the far."""
    return not _sure(one), one.moving is not True, float(np.hypot(*one.box.centre[:2]))


def _top(one: Followed) -> tuple[float, float, float]:
    x, y, z = one.box.centre
    return x, y, z + one.box.size[2] / 2 + ABOVE


def _mixed(colour: RGB, share: float) -> RGB:
    red, green, blue = (round(share * value + (1 - share) * paper) for value, paper in zip(colour, PAPER, strict=True))
    return red, green, blue
