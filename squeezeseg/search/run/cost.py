"""The cost of a search: seconds of processor cores, of all its parts together."""

from __future__ import annotations

import json
import time
from pathlib import Path

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json

COST = "cost.json"
_COST = TypeAdapter(dict[str, float])


class Cost:
    """Core-seconds that a search in a folder takes, what earlier processes spent on it included."""

    def __init__(self, folder: Path) -> None:
        self._file, self._begun = folder / COST, time.process_time()
        try:
            self._before = read_json(self._file, _COST)["core_seconds"]
        except (OSError, ValueError, KeyError):
            self._before = 0.0

    @property
    def core_seconds(self) -> float:
        """So far, of all threads together."""
        return self._before + time.process_time() - self._begun

    def write(self) -> None:
        """Keep what was spent so far."""
        with atomic_write(self._file) as file:
            file.write(json.dumps({"core_seconds": round(self.core_seconds, 1)}).encode())
