"""Engines: what can run a network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.base import Engine

if TYPE_CHECKING:
    from squeezeseg.weights.model_file import Model

__all__ = ["ENGINES", "Engine", "EngineName", "Precision", "installed", "load_engine", "precisions"]

EngineName = Literal["auto", "openvino", "onnxruntime", "torch"]
Precision = Literal["auto", "float32", "bfloat16", "int8"]

ENGINES: dict[str, tuple[str, ...]] = {
    "openvino": ("int8", "bfloat16", "float32"),
    "onnxruntime": ("float32",),
    "torch": ("bfloat16", "float32"),
}
"""Engines, the one to be preferred first, and their precisions."""


def installed(engine: str) -> bool:
    """Whether the engine's library is there."""
    return importlib.util.find_spec(engine) is not None


def load_engine(model: Model, engine: EngineName = "auto", precision: Precision = "auto", lanes: int = 1) -> Engine:
    """The engine that runs a model: the one place where engines are chosen.

    engine: "auto" is torch where there is a CUDA device, else the first of `ENGINES` that is installed.
    precision: "auto" is the smallest of the engine's that this processor multiplies in hardware.
    lanes: how many twins will run at once; each has its share of the cores.

    Raises:
        InputError: the engine is not installed, lacks the precision, or the model doesn't fit it.
    """
    if engine != "auto":
        if not installed(engine):
            raise InputError(f"--engine {engine}: not installed; pip install {engine}, or --engine auto")
        return _load(model, engine, precision, lanes, f"{engine} was asked for")
    if not model.path:
        return _load(model, "torch", precision, lanes, "its weights are in no file")
    is_graph = model.path.suffix != ".safetensors"
    if not is_graph and precision != "int8" and _cuda():
        return _load(model, "torch", precision, lanes, "there is a CUDA device")
    wanted = [
        name
        for name, offered in ENGINES.items()
        if installed(name)
        and (precision == "auto" or precision in offered)
        and not (is_graph and name != "openvino" and (name == "torch" or model.path.suffix == ".xml"))
    ]
    if not wanted:
        raise InputError(f"{model.path}: no engine that is installed runs it in {precision}; pip install openvino")
    return _load(model, wanted[0], precision, lanes, "it is the fastest that is installed")


def _load(model: Model, engine: str, precision: str, lanes: int, reason: str) -> Engine:
    if precision != "auto" and precision not in ENGINES[engine]:
        raise InputError(f"--engine {engine} has no {precision}; it has {', '.join(ENGINES[engine])}")
    if engine == "torch":
        from squeezeseg.engines.torch_engine import TorchEngine

        return TorchEngine(model, precision, reason, lanes)
    graph, precision, why = _graph(model, engine, precision)
    if engine == "openvino":
        from squeezeseg.engines.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(graph, precision, lanes, f"{reason}; {why}")
    from squeezeseg.engines.onnxruntime_engine import OnnxRuntimeEngine

    return OnnxRuntimeEngine(graph, precision, lanes, f"{reason}; {why}")


def _graph(model: Model, engine: str, precision: str) -> tuple[Path, str, str]:
    """The graph to run, its precision, and why that one."""
    from squeezeseg.graphs import find_graph

    described = processor.describe()
    reasons = {"int8": described.multiplies_int8, "bfloat16": described.multiplies_bfloat16, "float32": "always works"}
    for candidate in ENGINES[engine] if precision == "auto" else (precision,):
        if precision == "auto" and not reasons[candidate]:
            continue
        if graph := find_graph(model, "int8" if candidate == "int8" else "float"):
            why = f"{candidate} was asked for" if precision != "auto" else f"{candidate}: {reasons[candidate]}"
            return graph, candidate, why
    if precision == "int8":
        raise InputError(
            f"{model.path or 'these weights'}: no int8 graph beside them; make it with "
            f"'squeezeseg export openvino --precision int8 --model {model.path}'"
        )
    raise InputError(f"{model.path or 'these weights'}: no graph of them; use --engine torch")


def precisions(engine: str, model: Model) -> tuple[str, ...]:
    """What an installed engine can run the model in."""
    from squeezeseg.graphs import find_graph

    offered = ENGINES[engine] if installed(engine) else ()
    return tuple(name for name in offered if name != "int8" or find_graph(model, "int8"))


def _cuda() -> bool:
    """Whether there is a CUDA device; asks torch only where NVIDIA's driver is loaded."""
    if not Path("/proc/driver/nvidia/version").exists() or not installed("torch"):
        return False
    import torch

    return torch.cuda.is_available()
