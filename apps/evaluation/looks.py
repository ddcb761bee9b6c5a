"""The record of looks at a file of sets: a line of JSON for each model and time that it was scored.

What is chosen by a score fits it a little better with each look; the number of looks tells how far to trust it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from data.text_file import read_lines
from projection import InputError

SUFFIX = ".looks.jsonl"


@dataclass(frozen=True)
class Looks:
    """The looks so far. path: of their file. count: of all of them; held_out: of those at held-out sets."""

    path: Path
    count: int = 0
    held_out: int = 0

    @classmethod
    def of(cls, sets: Path) -> Self:
        """Those at a file of sets: SETS.looks.jsonl beside it. Raises InputError if it can't be read or written."""
        path = sets.with_name(sets.stem + SUFFIX)
        try:
            with path.open("a", encoding="utf-8"):
                pass
            lines = [json.loads(line) for line in read_lines(path)]
            held_out = sum(bool(line["held_out"]) for line in lines)
        except OSError as error:
            raise InputError(
                f"{path}: looks are counted there, and it cannot be written ({error.strerror or error}); check its "
                "rights, or copy the file of sets to another folder"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}: a line of it is no record of a look; mend it, or move it away") from None
        return cls(path, len(lines), held_out)

    def add(self, look: dict[str, Any]) -> Looks:
        """Append a look. Raises InputError if it can't be written."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(look)}\n")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({error.strerror or error}); make room") from None
        return Looks(self.path, self.count + 1, self.held_out + bool(look["held_out"]))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"file": str(self.path), "count": self.count, "held_out": self.held_out}
