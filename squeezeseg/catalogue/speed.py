"""The speed of networks on this machine: measured in the engine that serves, and kept."""

from __future__ import annotations

import datetime
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from squeezeseg.catalogue.entries import Entry
from squeezeseg.catalogue.kept_facts import KeptFacts
from squeezeseg.engines import Engine, processor
from squeezeseg.networks import Architecture

WARM_UP, MIN_RUNS = 3, 10
_FILE = "speeds-1"


@dataclass(frozen=True)
class Speed:
    """A measurement of a network alone, one image at a time, on all cores.

    milliseconds: the median. engine: that ran it. processor: its name. day: of the measurement, in UTC.
    """

    milliseconds: float
    engine: str
    processor: str
    day: str


def measure(engine: Engine, channels: int, height: int, width: int, seconds: float = 1.0) -> Speed:
    """Run an engine on an image of random numbers, for so many seconds after warming up."""
    columns = width + -width % engine.width_multiple
    image = np.random.default_rng(0).standard_normal((1, channels, height, columns), np.float32)
    for _ in range(WARM_UP):
        engine(image)
    times: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds or len(times) < MIN_RUNS:
        before = time.perf_counter()
        engine(image)
        times.append((time.perf_counter() - before) * 1e3)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Speed(float(np.median(times)), engine.name, processor.describe().name, today)


def measure_fresh(entry: Entry) -> Speed:
    """The speed that a network for range images will have once it is trained: no time depends on what weights are.

    OpenVINO runs it, in the faster of the smallest precision that this processor multiplies, and its float graph's:
    networks that move much and compute little are no faster in int8.

    Raises:
        InputError: something needed isn't installed.
    """
    from squeezeseg.graphs.run import graph_engine
    from squeezeseg.profiling.steps.measure import usual_precision
    from squeezeseg.profiling.steps.subject import fresh

    assert isinstance(entry.network, Architecture)
    subject = fresh(entry.network, entry.width)
    plain = "bfloat16" if processor.describe().multiplies_bfloat16 else "float32"
    found = []
    with tempfile.TemporaryDirectory(prefix="squeezeseg-models-") as folder:
        for precision in dict.fromkeys((plain, usual_precision(subject, "openvino"))):
            graph, _ = subject.graph(precision, Path(folder))
            engine = graph_engine(graph, "openvino", precision)
            found.append(measure(engine, entry.network.inputs, entry.height, entry.width))
    return min(found, key=lambda speed: speed.milliseconds)


def known() -> dict[str, Speed]:
    """What was measured on this processor, by the key that it was kept under."""
    here = processor.describe().name
    speeds = {key: Speed(**fact) for key, fact in KeptFacts(_FILE).items()}
    return {key: speed for key, speed in speeds.items() if speed.processor == here}


def keep(speeds: Mapping[str, Speed]) -> None:
    """Keep measurements."""
    facts: dict[str, dict[str, Any]] = {key: asdict(speed) for key, speed in speeds.items()}
    KeptFacts(_FILE).keep(facts)
