"""The result of a search, in files: the networks, and how they were found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.atomic import atomic_write
from squeezeseg.networks import Architecture, SearchRecord
from squeezeseg.networks.described import write_architecture
from squeezeseg.search.run.ranking import Ranked
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.space import Space

RESULT = "search.json"


@dataclass(frozen=True)
class Found:
    """A network that was found. file: its architecture, to give to training. ranked: what it was ranked by."""

    file: Path
    architecture: Architecture
    ranked: Ranked

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.architecture.name,
            "file": str(self.file),
            "seconds": self.ranked.seconds,
            "loss": self.ranked.loss,
            "mean_iou": self.ranked.mean_iou,
            "architecture": self.architecture.as_dict(),
        }


def write_result(
    folder: Path, settings: SearchSettings, space: Space, best: Sequence[Ranked], search: SearchRecord
) -> list[Found]:
    """Write the networks found, the best first, and a summary, into the folder of the search.

    search: that found them; each network's file says it too.

    Raises:
        InputError: a file can't be written.
    """
    found = []
    for place, ranked in enumerate(best, 1):
        words = [space.name, *(["random"] if settings.method == "random" else []), f"{settings.latency * 1e3:g}ms"]
        architecture = replace(space.network(ranked.choices), name="-".join([*words, str(place)]))
        file = folder / f"found-{place}.json"
        write_architecture(file, architecture, search)
        found.append(Found(file, architecture, ranked))
    summary = {
        "settings": settings.model_dump(mode="json"),
        "networks_in_space": space.size,
        "target": search.target,
        "core_minutes": search.core_minutes,
        "table": {"correlation": search.correlation, "error": search.error},
        "command": search.command,
        "found": [one.as_dict() for one in found],
    }
    with atomic_write(folder / RESULT) as file_of_summary:
        file_of_summary.write(json.dumps(summary, indent=1).encode())
    return found
