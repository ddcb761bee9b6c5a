"""What the clouds that we write say of themselves, by which they are read again with their labels."""

from __future__ import annotations

from collections.abc import Iterable

from data.labels import CLASSES, IGNORE

LEGEND = f"label: {', '.join(f'{k} {name}' for k, name in enumerate(CLASSES))}, {IGNORE} not labelled"
"""The comment that a field `label` with our classes has."""
_STAMP = "stamp: "


def comments(stamp: float | None) -> tuple[str, ...]:
    """The comments of a cloud. stamp: of its scan, seconds since the epoch."""
    return (LEGEND, "instance: number of the object, 0 none", *([] if stamp is None else [f"{_STAMP}{stamp!r}"]))


def is_ours(found: Iterable[str]) -> bool:
    """Whether the comments say that the labels are of our classes."""
    return any(LEGEND in one for one in found)


def stamp_of(found: Iterable[str]) -> float | None:
    """The stamp in comments, None where there is none."""
    for one in found:
        _, is_there, number = one.partition(_STAMP)
        if is_there:
            try:
                return float(number)
            except ValueError:
                return None
    return None
