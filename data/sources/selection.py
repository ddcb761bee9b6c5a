"""Part of a source: a range of frame numbers, every n-th frame, the frames of a list."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TypeVar

from data.formats import READERS
from data.sources.base import Frame, Source
from data.text_file import read_lines
from projection.errors import InputError

S = TypeVar("S", bound=Source)

_log = logging.getLogger(__name__)

_RANGE = re.compile(r"([0-9]{0,18})(:?)([0-9]{0,18})", re.ASCII)


def select(source: S, *, frames: str | None = None, every: int = 1, split: Path | None = None) -> S:
    """The same source with fewer frames; what is given applies in the order below.

    Args:
        source: to select from.
        split: a text file of names, one a line: date_drive_frame as in SqueezeSeg's lists, the frames' own
            names, or their numbers. Names that the source doesn't have are passed over, with a warning.
        frames: 'A:B', the frames with numbers from A up to but without B, either may be left out; 'A' that
            one alone. Numbers are the recording's, not positions.
        every: keep the first of every so many frames.

    Raises:
        InputError: an argument is malformed, or nothing is left.
    """
    chosen = list(source.frames)
    if split is not None:
        chosen = _listed(source, split)
    if frames is not None:
        first, last = parse_range(frames)
        chosen = [frame for frame in chosen if first <= frame.number and (last is None or frame.number < last)]
        if not chosen:
            raise InputError(f"frames {frames}: none left of {source.name}, which has {_summary(source)}")
    if every < 1:
        raise InputError(f"every {every}: must be 1 or more")
    return source.with_frames(chosen[::every])


def parse_range(text: str) -> tuple[int, int | None]:
    """Parse a range: 'A:B' -> (A, B), half open; 'A' -> (A, A + 1); a missing A is 0, a missing B None."""
    match = _RANGE.fullmatch(text.strip())
    if match is None or not (match[1] or match[2]):
        raise InputError(f"frames {text!r}: use A:B, A:, :B or a single number, such as 10:20")
    first = int(match[1] or 0)
    if not match[2]:
        return first, first + 1
    return first, int(match[3]) if match[3] else None


def _listed(source: Source, split: Path) -> list[Frame]:
    """The frames that a list names."""
    names = read_split(split)
    spellings = frozenset().union(*map(_spellings, names))
    chosen = [frame for frame in source.frames if not spellings.isdisjoint(source.aliases(frame))]
    if not chosen:
        raise InputError(f"{split}: lists no frame of {source.name}, which has {_summary(source)}; use another list")
    known = {alias for frame in chosen for alias in source.aliases(frame)}
    if strange := [name for name in names if known.isdisjoint(_spellings(name))]:
        of = f"{len(strange)} of its {len(names)} frames"
        _log.warning("%s: %s not found in %s, such as %r", split, of, source.name, strange[0])
    return chosen


def read_split(path: Path) -> tuple[str, ...]:
    """The names in a list of frames, one a line, without the suffix of a scan; each once.

    Raises:
        InputError: the list can't be read.
    """
    try:
        lines = read_lines(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise InputError(f"{path}: no list of frames ({reason}); give a text file with one name a line") from None
    names = (line[: -len(Path(line).suffix)] if Path(line).suffix.lower() in READERS else line for line in lines)
    return tuple(dict.fromkeys(names))


def _spellings(name: str) -> frozenset[str]:
    """A name in a list, and a number without its leading zeros."""
    return frozenset({name, str(int(name))} if re.fullmatch(r"[0-9]{1,18}", name) else {name})


def _summary(source: Source) -> str:
    if not source.frames:
        return "no frames"
    first, last = source.frames[0], source.frames[-1]
    names = first.name if first is last else f"{first.name} to {last.name}"
    return f"{len(source)} frame{'s' * (len(source) > 1)}, {names}"
