"""Selection of the weights, sensor, engine, precision and pixel labeller: the one place that picks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crf import CRFSettings
from data.sensor_file import load_sensor
from projection import InputError, Sensor
from squeezeseg.engines import ENGINES, Engine, EngineName, Precision, installed, processor
from squeezeseg.graphs.run import GraphEngine, graph_engine
from squeezeseg.graphs.store import find_graph, load_model
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

    engine: "auto" is torch where there is a CUDA device, else the first of `ENGINES` that is installed.
    precision: "auto" is the smallest of the engine's that this processor multiplies in hardware.
    lanes: how many clones will run at once; each has its share of the cores.

    Raises:
        InputError: the engine is unknown or not installed, lacks the precision, or the model doesn't fit it.
    """
    if engine != "auto":
        if engine not in ENGINES:
            raise InputError(f"--engine {engine}: unknown; use one of auto, {', '.join(ENGINES)}")
        if not installed(engine):
            raise InputError(f"--engine {engine}: not installed; pip install {engine}, or --engine auto")
        return _load(model, engine, precision, lanes, f"{engine} was asked for")
    if not model.path:
        return _load(model, "torch", precision, lanes, "its weights are in no file")
    is_graph = not model.part("network")
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
    runner: GraphEngine = "openvino" if engine == "openvino" else "onnxruntime"
    return graph_engine(graph, runner, precision, lanes, f"{reason}; {why}")


def _graph(model: Model, engine: str, precision: str) -> tuple[Path, str, str]:
    """The graph to run, its precision, and why that one. A float graph that is nowhere is exported."""
    described = processor.describe()
    reasons = {"int8": described.multiplies_int8, "bfloat16": described.multiplies_bfloat16, "float32": "always works"}
    for candidate in ENGINES[engine] if precision == "auto" else (precision,):
        if precision == "auto" and not reasons[candidate]:
            continue
        graph = find_graph(model, "int8" if candidate == "int8" else "float")
        if graph is None and candidate != "int8" and model.part("network") and model.path is not None:
            graph = _exported(model)
        if graph is not None:
            why = f"{candidate} was asked for" if precision != "auto" else f"{candidate}: {reasons[candidate]}"
            return graph, candidate, why
    if precision == "int8":
        raise InputError(
            f"{model.path or 'these weights'}: no int8 graph beside them; make it with "
            f"'squeezeseg export openvino --precision int8 --model {model.path}'"
        )
    raise InputError(f"{model.path or 'these weights'}: no graph of them; use --engine torch")


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
        return find_graph(model, "int8") is not None
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
