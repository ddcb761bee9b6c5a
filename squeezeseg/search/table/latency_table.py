"""Latency tables as data and as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from projection import InputError
from squeezeseg.networks import Architecture, Level
from squeezeseg.search.layer_case import LayerCase, cases_of
from squeezeseg.search.table.target import Target
from squeezeseg.search.table.validation import Correction, Validation

_MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class LatencyTable:
    """The seconds of layer cases on a target, by which those of any network of them are told.

    height, width: of the image. date: when it was measured last, ISO 8601, UTC.
    times: seconds by case. correction: of sums to networks, and validation: how well they are told then; None where no
    networks were measured. path: of its file.

    Example:
        >>> read_table(Path("xeon-int8.json")).network_seconds(ARCHITECTURES["fast"])
        0.0019
    """

    target: Target
    height: int
    width: int
    date: str
    times: Mapping[LayerCase, float] = field(default_factory=dict)
    correction: Correction | None = None
    validation: Validation | None = None
    path: Path = Path("latencies.json")

    def seconds(self, case: LayerCase) -> float:
        """The time of a case. Raises InputError if the table has none."""
        try:
            return self.times[case]
        except KeyError:
            raise InputError(
                f"{self.path}: has no time of {case}; on the table's own machine, "
                f"'squeezeseg search table --out {self.path}' with --space NAME or --model NAME adds it"
            ) from None

    def corrected(self, seconds: float) -> float:
        """The time of a network whose cases take so many seconds together."""
        return self.correction.corrected(seconds) if self.correction else seconds

    def network_seconds(self, architecture: Architecture) -> float:
        """The time of a network for an image. Raises InputError if the table lacks one of its cases."""
        return self.corrected(sum(self.seconds(case) for case in cases_of(architecture, self.height, self.width)))


@dataclass(frozen=True)
class _Entry:
    """A case and its time; named as in `LayerCase`."""

    block: str
    channels: int
    height: int
    width: int
    levels: tuple[tuple[int, int], ...]
    classes: int
    microseconds: float


@dataclass(frozen=True)
class _File:
    """The content of a table's file."""

    target: Target
    height: int
    width: int
    date: str
    correction: Correction | None
    validation: Validation | None
    cases: tuple[_Entry, ...]
    format: Literal["squeezeseg-latency-table/1"] = "squeezeseg-latency-table/1"


_FILE = TypeAdapter(_File)


def read_table(path: Path) -> LatencyTable:
    """The table in a file. Raises InputError if there is none, or it is damaged."""
    try:
        content = read_json(path, _FILE, most=_MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path}: no latency table ({reason}); 'squeezeseg search table --out {path}' makes one"
        ) from None
    times = {}
    for one in content.cases:
        levels = tuple(Level(*level) for level in one.levels)
        case = LayerCase(one.block, one.channels, one.height, one.width, levels, one.classes)
        times[case] = one.microseconds / 1e6
    return LatencyTable(
        content.target, content.height, content.width, content.date, times, content.correction, content.validation, path
    )


def write_table(path: Path, table: LatencyTable) -> None:
    """Write a table, whole, a case a line. Raises InputError if the file can't be written."""
    head = about(table) | {"format": "squeezeseg-latency-table/1"}
    cases = [json.dumps(vars(case) | {"microseconds": round(t * 1e6, 3)}) for case, t in table.times.items()]
    text = json.dumps(head, indent=1).removesuffix("\n}") + ',\n "cases": [\n  ' + ",\n  ".join(cases) + "\n ]\n}\n"
    with atomic_write(path) as file:
        file.write(text.encode())


def about(table: LatencyTable) -> dict[str, Any]:
    """All of a table but its cases, for JSON."""
    fields = ("target", "height", "width", "date", "correction", "validation")
    return {name: asdict(value) if hasattr(value := getattr(table, name), "__dict__") else value for name in fields}
