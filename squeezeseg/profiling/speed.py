"""The speed of networks on this machine: measured in the engine that serves, and kept."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from squeezeseg.engines import Engine, processor
from squeezeseg.profiling.kept_facts import KeptFacts

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


def known() -> dict[str, Speed]:
    """What was measured on this processor, by the key that it was kept under."""
    here = processor.describe().name
    speeds = {key: Speed(**fact) for key, fact in KeptFacts(_FILE).items()}
    return {key: speed for key, speed in speeds.items() if speed.processor == here}


def keep(speeds: Mapping[str, Speed]) -> None:
    """Keep measurements."""
    facts: dict[str, dict[str, Any]] = {key: asdict(speed) for key, speed in speeds.items()}
    KeptFacts(_FILE).keep(facts)
