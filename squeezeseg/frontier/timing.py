"""Latency of networks alone: one scan at a time in the engine that serves, all of them in one run."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from projection import InputError
from squeezeseg.engines import usable_cores
from squeezeseg.engines.base import EngineError
from squeezeseg.engines.processor import describe
from squeezeseg.graphs.run import graph_engine
from squeezeseg.profiling.repeat import repeat

TIMINGS = "timings.json"
K = TypeVar("K", bound=Hashable)
_WARM_UP, _FEWEST = 2, 3
"""Calls of each round that don't count, and that count at the least."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds of single runs. best: the fastest, which other work on the machine disturbs least."""

    median: float
    p90: float
    best: float
    runs: int

    @classmethod
    def of(cls, times: list[float]) -> Latency:
        """Of the milliseconds of each run."""
        median, p90 = np.percentile(times, (50, 90))
        return cls(round(float(median), 3), round(float(p90), 3), round(min(times), 3), len(times))


@dataclass(frozen=True)
class Timings:
    """Latencies of all networks, measured in one run.

    ms: by model and precision. left_out: why there is none, by precision, or by model and precision: 'fast int8'.
    """

    processor: str
    threads: int
    rounds: int
    seconds: float
    ms: Mapping[str, Mapping[str, Latency]]
    left_out: Mapping[str, str]

    def cover(self, graphs: Iterable[tuple[str, str]]) -> bool:
        """True if they tell of all these, by model and precision, on this machine."""
        here = (self.processor, self.threads) == (describe().name, usable_cores())
        return here and all(
            p in self.ms.get(model, {}) or p in self.left_out or f"{model} {p}" in self.left_out for model, p in graphs
        )


_TIMINGS = TypeAdapter(Timings)


def read_timings(run: Path) -> Timings | None:
    """The latencies that a run's folder holds, None without any."""
    try:
        return read_json(run / TIMINGS, _TIMINGS)
    except (OSError, ValueError):
        return None


def write_timings(run: Path, timings: Timings) -> None:
    """Keep latencies in a run's folder. Raises InputError if they can't be written."""
    with atomic_write(run / TIMINGS) as file:
        file.write(json.dumps(asdict(timings), indent=1).encode())


def interleave(
    calls: Mapping[K, Callable[[], object]], seconds: float, rounds: int, progress: Callable[[int], None] | None = None
) -> dict[K, Latency]:
    """Time calls in rounds, every second one backwards: what disturbs the machine for a while disturbs them all.

    seconds: for each call, its rounds together. progress: told how many turns are done, of rounds * len(calls).
    """
    times: dict[K, list[float]] = {key: [] for key in calls}
    for number in range(rounds):
        order = list(calls)[:: 1 if number % 2 == 0 else -1]
        for turn, key in enumerate(order, start=1):
            times[key] += repeat(calls[key], seconds / rounds, warm_up=_WARM_UP, fewest=_FEWEST)
            if progress is not None:
                progress(number * len(calls) + turn)
    return {key: Latency.of(found) for key, found in times.items()}


def time_graphs(
    graphs: Mapping[tuple[str, str], Path],
    inputs: Mapping[str, NDArray[np.float32]],
    seconds: float,
    rounds: int,
    progress: Callable[[int], None] | None = None,
) -> Timings:
    """Time graphs in OpenVINO on all cores.

    graphs: by model and precision. inputs: an image (1, C, H, W) as the network sees it, by model.

    What the processor doesn't run is left out, with the reason.
    """
    engines, left_out = {}, dict[str, str]()
    for (model, precision), path in graphs.items():
        try:
            engines[model, precision] = graph_engine(path, "openvino", precision)
            engines[model, precision](inputs[model])  # compiles
        except EngineError as error:
            engines.pop((model, precision), None)
            left_out[f"{model} {precision}"] = str(error)
        except InputError as error:
            left_out[precision] = str(error)
    found = interleave(
        {key: _call(engine, inputs[key[0]]) for key, engine in engines.items()}, seconds, rounds, progress
    )
    ms: dict[str, dict[str, Latency]] = {}
    for (model, precision), latency in found.items():
        ms.setdefault(model, {})[precision] = latency
    return Timings(describe().name, usable_cores(), rounds, seconds, ms, left_out)


def _call(engine: Callable[[NDArray[np.float32]], object], inputs: NDArray[np.float32]) -> Callable[[], object]:
    return lambda: engine(inputs)
