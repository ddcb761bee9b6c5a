"""The fastest engine and precision for a network on this machine: timed once, then remembered."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import parse_json, read_json
from projection.cache_folder import cache_folder
from squeezeseg.engines import ENGINES, instruction_set, processor, usable_cores
from squeezeseg.weights import Model

ALIKE = 1.05
"""Engines whose times differ by no more count as equally fast: the more exact of them is taken."""
EXACT = ("float32", "bfloat16", "int8")
"""Precisions, the most exact first."""
NOTICE = logging.INFO + 5
"""Level of what people should read though nothing is wrong."""
SWITCH = "SQUEEZESEG_TIMING"
"""An environment variable: 0, and nothing is timed; the first engine that is installed is taken, as by a rule."""
_WORKER = ("-m", "squeezeseg.inference.timing_worker")
_TIMEOUT = 120.0


@dataclass(frozen=True)
class _Kept:
    """The content of a file of times; all but they is for people."""

    processor: str
    cores: int
    network: str
    milliseconds: dict[str, float | None]


_KEPT, _TIMES = TypeAdapter(_Kept), TypeAdapter(dict[str, float | None])
_log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """An engine and one of its precisions."""

    engine: str
    precision: str

    def __str__(self) -> str:
        return " ".join(self)


Times = Mapping[Candidate, float]
"""Milliseconds for one image; infinite where the engine can't run it."""


def fastest(times: Times) -> Candidate:
    """The fastest; of those that are about as fast the most exact, then the one whose engine comes first.

    Example:
        >>> fastest({Candidate("openvino", "int8"): 3.1, Candidate("openvino", "bfloat16"): 3.0})
        Candidate(engine='openvino', precision='bfloat16')
    """
    best = min(times.values())
    alike = [one for one, taken in times.items() if taken <= ALIKE * best]
    return min(alike, key=lambda one: (EXACT.index(one.precision), list(ENGINES).index(one.engine)))


def times(model: Model, candidates: Sequence[Candidate]) -> Times | None:
    """The times of a model's candidates, from the user's cache or measured now; None where they can't be had.

    They are measured in a process of their own, which may die of an instruction, and takes PyTorch's memory with it.
    A network of the same architecture is as fast, so weights trained anew aren't timed again.
    """
    if os.environ.get(SWITCH) == "0" or model.path is None or (folder := cache_folder("timing")) is None:
        return None
    file = folder / f"{_key(model)}.json"
    known = _read(file)
    if any(one not in known for one in candidates):
        names = ", ".join(map(str, candidates))
        _log.log(NOTICE, "%s runs here for the first time: timing %s, once; some seconds", model.card.model, names)
        measured = _measure(model, candidates)
        with suppress(OSError):
            # Another process may have measured at the same time: all go by what came first, so that labels agree.
            known = measured if known else measured | _read(file)
            _write(file, model, known)
    found = {one: known[one] for one in candidates if math.isfinite(known.get(one, math.inf))}
    return found or None


def describe(found: Times) -> str:
    """The times in a line, the shortest first."""
    listed = sorted(found.items(), key=lambda item: item[1])
    return "timed on this machine: " + ", ".join(f"{one} {taken:.1f} ms" for one, taken in listed)


def _write(file: Path, model: Model, known: Times) -> None:
    named = {str(one): taken if math.isfinite(taken) else None for one, taken in known.items()}
    kept = _Kept(processor.describe().name, usable_cores(), model.card.model, named)
    with atomic_write(file) as out:
        out.write(json.dumps(asdict(kept), indent=2).encode() + b"\n")


def _read(file: Path) -> dict[Candidate, float]:
    """The times in a file; none if it isn't there, or damaged."""
    with suppress(OSError, ValueError):
        return _candidates(read_json(file, _KEPT).milliseconds)
    return {}


def _candidates(named: dict[str, float | None]) -> dict[Candidate, float]:
    offered = {str(one): one for one in (Candidate(e, p) for e, precisions in ENGINES.items() for p in precisions)}
    return {offered[name]: taken or math.inf for name, taken in named.items() if name in offered}


def _key(model: Model) -> str:
    """A hash of all that times depend on."""
    described = processor.describe()
    versions = {}
    for engine in ENGINES:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[engine] = importlib.metadata.version(engine)
    about = [described.name, sorted(described.flags), usable_cores(), os.environ.get(instruction_set.SWITCH), versions]
    about += [model.card.architecture.as_dict(), model.card.sensor.beams]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _measure(model: Model, candidates: Sequence[Candidate]) -> dict[Candidate, float]:
    """The times of all candidates; of none where it fails."""
    job = {"model": str(model.path), "candidates": candidates}
    try:
        process = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *_WORKER],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=True,
            timeout=_TIMEOUT,
        )
        taken = _candidates(parse_json(process.stdout.splitlines()[-1], _TIMES))
        return {one: taken.get(one, math.inf) for one in candidates}
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        _log.warning("engines could not be timed (%s): taking the first that is installed", _reason(error))
        return {}


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return ((error.stderr or "").strip().splitlines() or [f"the process ended with {error.returncode}"])[-1]
    return type(error).__name__


def choose(model: Model, candidates: Sequence[Candidate]) -> tuple[Candidate, str]:
    """One of the candidates, and why that one: the fastest where they can be timed, else as `by_rule`."""
    if len(candidates) > 1 and (found := times(model, candidates)):
        return fastest(found), describe(found)
    return by_rule(candidates)


def by_rule(candidates: Sequence[Candidate]) -> tuple[Candidate, str]:
    """The first whose precision this processor multiplies in hardware, and by which unit."""
    described = processor.describe()
    for one in candidates:
        if unit := described.multiplies(one.precision):
            return one, f"the first engine that is installed; {one.precision}: {unit}"
    return candidates[0], "nothing else runs here"
