"""A network's steps timed in an engine, in turn with what shows the machine's roofs in the same engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from projection import InputError
from squeezeseg.engines import ENGINES, installed, processor
from squeezeseg.networks import Architecture
from squeezeseg.profiling.steps.execution import Execution, Runner, in_turn
from squeezeseg.profiling.steps.roofline import Roofs, Step, copy_gbytes, steps
from squeezeseg.profiling.steps.subject import Subject, fresh

DENSE = Architecture("dense", (("conv_k3_c128_r3",),), ("unfold",))
"""Wide 3x3 convolutions, what processors do best; the fastest run of one is the roof."""
_DENSE_HEIGHT, _DENSE_WIDTH = 64, 64


@dataclass(frozen=True)
class Measurement:
    """What an engine did for an image, step by step, and what it can do at best."""

    execution: Execution
    steps: tuple[Step, ...]
    roofs: Roofs


def check(engine: str, precision: str) -> None:
    """Raise InputError if the engine isn't installed, or lacks the precision."""
    if engine not in ENGINES:
        raise InputError(f"--target {engine}: unknown; use one of {', '.join(ENGINES)}")
    if not installed(engine):
        raise InputError(f"--target {engine}: not installed; pip install {engine}")
    if precision not in ENGINES[engine]:
        raise InputError(f"--precision {precision}: {engine} has {', '.join(ENGINES[engine])}")


def usual_precision(subject: Subject, engine: str) -> str:
    """The smallest precision of an engine's in which it has the network, and that the processor multiplies."""
    described = processor.describe()
    for precision in ENGINES[engine]:
        made = precision != "int8" or (installed("nncf") and subject.model is not None)
        if made and described.multiplies(precision):
            return precision
    return "float32"


def measure(
    subject: Subject,
    engine: str,
    precision: str,
    seconds: float,
    on_time: Callable[[float], None] = lambda _: None,
) -> Measurement:
    """Time a network's steps and the roofs, for so many seconds in all.

    on_time: called with the seconds that have passed.

    Raises:
        InputError: the engine can't run the network.
    """
    check(engine, precision)
    dense = fresh(DENSE, _DENSE_WIDTH, _DENSE_HEIGHT)
    with tempfile.TemporaryDirectory(prefix="squeezeseg-profile-") as folder:
        own, other = (
            runner(one, engine, precision, Path(folder, str(place))) for place, one in enumerate((subject, dense))
        )
        copied = copy_gbytes(own.threads)
        wall, _, dense_wall = in_turn([own.plain, own.counted, other.counted], seconds, on_time)
        copied = max(copied, copy_gbytes(own.threads))
        execution, roof = (
            Execution(engine, precision, one.threads, len(times), float(np.median(times)), one.nodes())
            for one, times in ((own, wall), (other, dense_wall))
        )
    best = max(one.macs / node.best / 1e6 for one, node in zip(steps(roof, dense.layers), roof.nodes, strict=True))
    return Measurement(execution, tuple(steps(execution, subject.layers)), Roofs(best, copied))


def runner(subject: Subject, engine: str, precision: str, folder: Path) -> Runner:
    """A network in an engine. folder: for its graph; made here, and wanted as long as it runs."""
    if engine == "torch":
        from squeezeseg.profiling.steps.torch_modules import TorchRunner

        return TorchRunner(subject.module(), subject.layers, precision)
    folder.mkdir()
    graph, numbers = subject.graph(precision, folder)
    if engine == "onnxruntime":
        from squeezeseg.profiling.steps.onnxruntime_nodes import OnnxRuntimeRunner

        return OnnxRuntimeRunner(graph, subject.layers, numbers)
    from squeezeseg.profiling.steps.openvino_nodes import OpenVINORunner

    return OpenVINORunner(graph, subject.layers, precision, numbers)
