"""Findings about a recording, and the report of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One finding about a recording.

    level: 'error' makes it unhealthy: part of it can't be used; 'warning' is odd but usable; 'info' to know.
    what: the finding, in a phrase.
    where: file, folder or frames.
    remedy: what to do about it; empty where nothing needs to be done.
    """

    level: Level
    what: str
    where: str
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """The findings about one source.

    source: its name.
    frames: how many it has.
    """

    source: str
    frames: int
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """True if no finding is an error."""
        return all(finding.level != "error" for finding in self.findings)


def shorten(names: Iterable[str], limit: int = 4) -> str:
    """Shorten a list of names: 'a, b, c, d and 12 more'."""
    names = list(names)
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def ranges(numbers: Iterable[int]) -> list[str]:
    """Ascending numbers as ranges: 1, 2, 3, 7 -> ['1-3', '7']."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return [str(first) if first == last else f"{first}-{last}" for first, last in spans]
