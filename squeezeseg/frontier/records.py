"""What a frontier finds: a network with its seed a line of JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import parse_json
from data.regular_file import read_bytes
from projection import InputError
from squeezeseg.profiling.interleave import Latency

RECORDS = "frontier.jsonl"
_PACKAGES = ("squeezeseg", "numpy", "torch", "openvino", "nncf")


@dataclass(frozen=True)
class Record:
    """A network of a run. What isn't known is None, or isn't in the mapping.

    macs: multiply-accumulates on 64 x 512 pixels. bytes: by 'float16' and 'int8', see `graphs.stored_bytes`.
    iou: by kind of set, by precision, by class and 'mean', 0..1. frames: by kind of set. ms: by precision.
    energy_mj: modelled millijoules of one front view, by precision; see `results.ON_CHIP_BYTES`.
    train_seconds: of this network alone, with whatever else the machine did. error: why it failed; errors: why parts of
    it did, such as 'int8'.
    """

    model: str
    seed: int
    parameters: int
    macs: int
    steps: int
    batch: int
    error: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    bytes: Mapping[str, int] = field(default_factory=dict)
    iou: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)
    frames: Mapping[str, int] = field(default_factory=dict)
    ms: Mapping[str, Latency] = field(default_factory=dict)
    energy_mj: Mapping[str, float] = field(default_factory=dict)
    train_seconds: float | None = None
    processor: str = ""
    threads: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    format: Literal["squeezeseg-frontier/1"] = "squeezeseg-frontier/1"


_RECORD = TypeAdapter(Record)


def write_records(run: Path, records: Iterable[Record]) -> Path:
    """Write frontier.jsonl, whole. Raises InputError if it can't be written."""
    path = run / RECORDS
    with atomic_write(path) as file:
        file.writelines(json.dumps(as_dict(one), allow_nan=False).encode() + b"\n" for one in records)
    return path


def read_records(run: Path) -> list[Record]:
    """Read frontier.jsonl. Raises InputError if there is none, or it is damaged."""
    path = run / RECORDS
    try:
        records = [parse_json(line, _RECORD) for line in read_bytes(path).splitlines()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: no result of 'squeezeseg frontier' ({reason}); run it without --redraw") from None
    if not records:
        raise InputError(f"{path}: empty; run 'squeezeseg frontier' without --redraw")
    return records


def as_dict(record: Record) -> dict[str, Any]:
    """For JSON."""
    return asdict(record)


def versions(packages: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Versions of Python and of the packages that a result depends on."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
