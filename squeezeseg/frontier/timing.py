"""Latency of networks alone: one scan at a time in the engine that serves, all of them in one run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

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
from squeezeseg.profiling.interleave import Latency, interleave

TIMINGS = "timings.json"


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
