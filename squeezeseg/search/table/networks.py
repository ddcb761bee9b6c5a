"""Whole networks, timed in the engine that serves: what sums of a table are held against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from projection import InputError
from squeezeseg.engines import Engine, GraphFile, usable_cores
from squeezeseg.engines.instruction_set import TellsKernels
from squeezeseg.graphs.onnx_export import export_onnx
from squeezeseg.graphs.quantize import quantize
from squeezeseg.networks import Architecture
from squeezeseg.profiling.steps.subject import fresh_model
from squeezeseg.search.table.target import Target

ROUNDS, SECONDS = 6, 0.1
"""Turns of each network, and the time of one."""
_SEED = 0


def time_networks(
    networks: Sequence[Architecture],
    target: Target,
    height: int,
    width: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[float]:
    """Seconds of each network for one image, of its fastest run, with fresh weights.

    progress: told how many are built, and then, of as many, timed; twice their number in all.

    Raises:
        InputError: a network can't be built or run.
    """
    calls = []
    for number, network in enumerate(networks, start=1):
        engine = _engine(network, target, (1, network.inputs, height, width))
        image = np.random.default_rng(_SEED).standard_normal((1, network.inputs, height, width), np.float32)
        calls.append(partial(engine, image))
        progress(number)
    best = [float("inf")] * len(calls)
    for turn in range(ROUNDS):
        for k in range(len(calls))[:: -1 if turn % 2 else 1]:
            best[k] = min(best[k], target.fastest(calls[k], SECONDS))
        progress(len(calls) + (turn + 1) * len(calls) // ROUNDS)
    return best


def lanes_of(threads: int) -> int:
    """Lanes of which each has so many threads. Raises InputError where cores would be left over."""
    cores = usable_cores()
    if threads < 1 or cores % threads:
        raise InputError(f"--threads {threads}: {cores} cores can't be shared out evenly; use 1 or {cores}")
    return cores // threads


def _engine(network: Architecture, target: Target, shape: tuple[int, ...]) -> Engine:
    """A network in the target's engine, compiled. Nothing of it is kept in the user's cache."""
    model = fresh_model(network)
    with tempfile.TemporaryDirectory(prefix="squeezeseg-table-") as folder:
        path = Path(folder, "network.onnx")
        facts = export_onnx(model, path)
        if target.precision == "int8":
            noise = np.random.default_rng(_SEED + 1).standard_normal(shape, np.float32)
            quantize(path, [noise], path.with_suffix(".xml"))
            path = path.with_suffix(".xml")
        file, lanes = GraphFile(path, facts.width_multiple), lanes_of(target.threads)
        engine: Engine
        if target.engine == "openvino":
            from squeezeseg.engines.openvino_engine import OpenVINOEngine

            engine = OpenVINOEngine(file, target.precision, lanes)
        else:
            from squeezeseg.engines.onnxruntime_engine import OnnxRuntimeEngine

            engine = OnnxRuntimeEngine(file, target.precision, lanes)
        engine(np.zeros(shape, np.float32))
        if isinstance(engine, TellsKernels):
            target.check(engine.kernels)
    return engine
