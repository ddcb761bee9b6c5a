"""Selection of the weights, sensor, engine, precision and pixel labeller: the one place that picks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from crf import CRFSettings
from data.sensor_file import load_sensor
from projection import InputError, Sensor
from squeezeseg.engines import ENGINES, Engine, EngineName, GraphFile, Precision, installed
from squeezeseg.graphs.run import GraphEngine, graph_engine, graph_file, has_graph
from squeezeseg.graphs.store import load_model
from squeezeseg.inference.fastest import Candidate, choose
from squeezeseg.inference.pixels import HostPixelLabeller, PixelLabeller
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.weights import Model


def resolve(settings: InferenceSettings, sensor: Sensor | None = None) -> tuple[Engine, Model, Sensor]:
    """The engine, model and sensor of settings.

    sensor: whose scans they are; by default that of the settings, else of the model's card.

    Raises:
        InputError: the weights, sensor or engine cannot be used.
    """
    model = load_model(settings.model)
    check_crf(model)  # before a graph is made of it
    if sensor is None:
        sensor = load_sensor(settings.sensor) if settings.sensor else model.card.sensor
    if settings.height is not None:
        sensor = replace(sensor, height=settings.height)
    if sensor.full_turn:
        sensor = sensor.with_view(settings.view)
    return load_engine(model, settings.engine, settings.precision, settings.lanes or 1), model, sensor


def crf_of(model: Model, settings: InferenceSettings) -> CRFSettings | None:
    """Settings of the CRF that runs, None for none. Raises InputError if the model's tensors don't fit its CRF."""
    check_crf(model)
    return model.card.crf if settings.crf else None


def check_crf(model: Model) -> None:
    """Raise InputError if the model's tensors don't fit its CRF."""
    if model.card.crf is None:
        return
    square = (len(model.card.classes),) * 2
    shapes = {name: value.shape for name, value in model.part("crf").items()}
    if any(shapes.get(name) != square for name in ("angular", "bilateral")):
        raise InputError(
            f"{model.path or 'weights'}: the CRF's tensors are missing or don't fit; train the weights again"
        )


def pixel_labeller(engine: Engine, model: Model, sensor: Sensor, crf: CRFSettings | None) -> PixelLabeller:
    """The labeller of pixels that suits the engine's device."""
    if engine.device == "cuda":
        from squeezeseg.inference.gpu import gpu_labeller

        return gpu_labeller(engine, model, sensor, crf)
    return HostPixelLabeller(engine, model, sensor, crf)


def load_engine(model: Model, engine: EngineName = "auto", precision: Precision = "auto", lanes: int = 1) -> Engine:
    """The engine that runs a model.

    engine, precision: "auto" is torch where there is a CUDA device, else the fastest here, see `fastest`.
    lanes: how many clones will run at once; each has its share of the cores.

    Raises:
        InputError: the engine is unknown or not installed, lacks the precision, or the model doesn't fit it.
    """
    if engine != "auto":
        if engine not in ENGINES:
            raise InputError(f"--engine {engine}: unknown; use one of auto, {', '.join(ENGINES)}")
        if not installed(engine):
            raise InputError(f"--engine {engine}: not installed; pip install {engine}, or --engine auto")
        if precision not in ("auto", *ENGINES[engine]):
            raise InputError(f"--engine {engine} has no {precision}; it has {', '.join(ENGINES[engine])}")
        if precision != "auto" or not _reads(engine, model):  # what it can't read, it says itself
            return _load(model, Candidate(engine, precision), lanes, f"{engine} was asked for")
    if not model.path and engine in ("auto", "torch"):
        return _load(model, Candidate("torch", precision), lanes, "its weights are in no file")
    if on_gpu(model, engine, precision):
        return _load(model, Candidate("torch", precision), lanes, "there is a CUDA device")
    chosen, reason = choose(model, candidates(model, engine, precision))
    return _load(model, chosen, lanes, reason if engine == "auto" else f"{engine} was asked for; {reason}")


def on_gpu(model: Model, engine: EngineName, precision: Precision) -> bool:
    """True if a model goes to a GPU, for these options."""
    return engine in ("auto", "torch") and precision != "int8" and bool(model.part("network")) and _cuda()


def candidates(model: Model, engine: EngineName = "auto", precision: Precision = "auto") -> list[Candidate]:
    """The engines and precisions that run a model here, on the processor. Raises InputError if there are none."""
    found = [
        Candidate(name, offered)
        for name in ENGINES
        if engine in ("auto", name) and _reads(name, model)
        for offered in precisions(name, model)
        if precision in ("auto", offered)
    ]
    if not found:
        _explain_none(model, engine, precision)
    return found


def _reads(engine: str, model: Model) -> bool:
    """True if the engine can read the model's file: all read what weights are exported to."""
    graph = "" if model.part("network") or model.path is None else model.path.suffix
    return not graph or engine == "openvino" or (engine == "onnxruntime" and graph == ".onnx")


def _explain_none(model: Model, engine: str, precision: str) -> NoReturn:
    """Raise the InputError for a model that no engine runs in a precision."""
    if precision == "int8" and model.part("network") and installed("openvino"):
        raise _no_int8(model)
    wanted = "" if engine == "auto" else f" of {engine}"
    raise InputError(f"{model.path}: no engine{wanted} that is installed runs it in {precision}; pip install openvino")


def _load(model: Model, candidate: Candidate, lanes: int, reason: str) -> Engine:
    if candidate.engine == "torch":
        from squeezeseg.engines.torch_engine import TorchEngine

        return TorchEngine(model, candidate.precision, reason, lanes)
    graph = _graph(model, candidate.precision)
    runner: GraphEngine = "openvino" if candidate.engine == "openvino" else "onnxruntime"
    return graph_engine(graph, runner, candidate.precision, lanes, reason)


def _graph(model: Model, precision: str) -> Path | GraphFile:
    """The graph to run. A float graph that is nowhere is exported."""
    graph = graph_file(model, "int8" if precision == "int8" else "float")
    if graph is not None:
        return graph
    if precision != "int8" and model.part("network") and model.path is not None:
        return _exported(model)
    if precision == "int8":
        raise _no_int8(model)
    raise InputError(f"{model.path or 'these weights'}: no graph of them; use --engine torch")


def _no_int8(model: Model) -> InputError:
    return InputError(
        f"{model.path or 'these weights'}: no int8 graph beside them; make it with "
        f"'squeezeseg export openvino --precision int8 --model {model.path}'"
    )


def _exported(model: Model) -> Path:
    """The float graph of weights that have none. Raises InputError where it can't be made."""
    if not all(installed(name) for name in ("torch", "onnxscript")):
        raise InputError(f"{model.path}: no graph beside it; to make one: pip install 'squeezeseg[train,export]'")
    from squeezeseg.graphs.onnx_export import export_to_cache

    return export_to_cache(model)


def precisions(engine: str, model: Model) -> tuple[str, ...]:
    """The precisions in which an installed engine runs the model on this processor."""
    return tuple(name for name in ENGINES[engine] if installed(engine) and _runs(engine, name, model))


def _runs(engine: str, precision: str, model: Model) -> bool:
    if precision == "int8":
        return has_graph(model, "int8")
    if precision == "bfloat16" and engine == "openvino":
        from squeezeseg.engines.openvino_engine import runs_bfloat16

        return runs_bfloat16()
    return True


def _cuda() -> bool:
    """True if there is a CUDA device; asks torch only where NVIDIA's driver is loaded."""
    if not Path("/proc/driver/nvidia/version").exists() or not installed("torch"):
        return False
    import torch

    return torch.cuda.is_available()
