"""`python -m squeezeseg.inference.timing_worker`: times engines, in a process of its own.

A job comes in on stdin, milliseconds by candidate go out on stdout, both JSON.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.engines import Engine
from squeezeseg.graphs.store import load_model
from squeezeseg.inference.factory import load_engine
from squeezeseg.inference.fastest import Candidate
from squeezeseg.inference.network_input import input_type

SECONDS = 1.0
"""For all engines together, without loading them."""
ROUNDS = 3
"""Each engine's turns, so that what else the machine does hits none alone."""
COLUMNS = 512


def measure(model_file: str, candidates: list[Candidate], seconds: float = SECONDS) -> dict[str, float]:
    """Milliseconds for a front view, the best of all runs, by the candidates that run here."""
    model = load_model(model_file)
    engines = dict[str, Engine]()
    for one in candidates:
        with suppress(InputError):
            engines[str(one)] = load_engine(model, one.engine, one.precision)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    best = dict[str, float]()
    for _ in range(ROUNDS):
        for name, engine in list(engines.items()):
            width = -(-COLUMNS // engine.width_multiple) * engine.width_multiple
            shape = 1, model.card.architecture.inputs, model.card.sensor.beams, width
            image: NDArray[Any] = rng.integers(-127, 128, shape).astype(input_type(model.card, engine))
            try:
                engine(image)  # compiles it, or warms it again
                until = time.perf_counter() + seconds / ROUNDS / len(engines)
                while (begun := time.perf_counter()) < until:
                    engine(image)
                    best[name] = min(best.get(name, np.inf), (time.perf_counter() - begun) * 1e3)
            except InputError:
                del engines[name]
    return best


if __name__ == "__main__":
    job = json.load(sys.stdin)
    print(json.dumps(measure(job["model"], [Candidate(*one) for one in job["candidates"]])))  # noqa: T201 - its result
