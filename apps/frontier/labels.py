"""Places for the names of points in a plot, so that they cover neither each other nor points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    bottom: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """The area that both cover."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        along = min(self.bottom + self.height, other.bottom + other.height) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(along, 0.0)

    @property
    def area(self) -> float:
        """Of the rectangle."""
        return self.width * self.height


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    frame: Box,
    lines: Sequence[Box] = (),
    dot: float = 10.0,
) -> list[Box]:
    """Where each name goes: near its point, and where it covers least; the first ones have the choice.

    points: (x, y). sizes: (width, height) of the names. frame: they should stay inside. lines: they should not cross.
    dot: diameter of the points.
    """
    dots = [Box(x - dot / 2, y - dot / 2, dot, dot) for x, y in points]
    placed: list[Box] = []
    for point, size in zip(points, sizes, strict=True):
        taken = [*dots, *lines, *placed]
        best, _ = min(_around(point, size, dot), key=lambda found: _covered(found[0], taken, frame) + found[1])
        placed.append(best)
    return placed


def _around(point: tuple[float, float], size: tuple[float, float], dot: float) -> Iterator[tuple[Box, float]]:
    """Places around a point, and how far off they are; the near ones first, of these the one to the right."""
    (x, y), (width, height) = point, size
    for reach in (0.8 * dot, 1.6 * dot, 2.6 * dot, 4.0 * dot, 6.0 * dot):
        for turn in range(16):
            angle = turn * math.pi / 8
            across, up = math.cos(angle), math.sin(angle)
            # The nearest edge or corner of the name lies in this direction.
            left, bottom = x + across * reach - width * (1 - across) / 2, y + up * reach - height * (1 - up) / 2
            yield Box(left, bottom, width, height), reach


def _covered(box: Box, taken: Sequence[Box], frame: Box) -> float:
    """What speaks against a place: the area that it covers of others, and that lies outside."""
    return round(20 * (sum(box.overlap(other) for other in taken) + box.area - box.overlap(frame)), 3)
