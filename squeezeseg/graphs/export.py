"""Export of graphs that are checked before they are kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from data.atomic import atomic_write
from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.graphs.check_scans import CALIBRATION_SEED, CHECK_SEED, check_scans
from squeezeseg.graphs.metadata import KEY
from squeezeseg.graphs.onnx_export import export_onnx
from squeezeseg.graphs.parity import Labeller, Parity, compare, network_labels, torch_labels
from squeezeseg.graphs.quantize import quantize, save_ir
from squeezeseg.graphs.run import graph_engine
from squeezeseg.weights import Model

Format = Literal["onnx", "openvino"]
CALIBRATION_SCANS, CHECK_SCANS = 60, 12
Progress = Callable[[int], None]
"""Called with the scans simulated so far, of `scans_needed`."""


def scans_needed(precision: str, scans: int = CHECK_SCANS) -> int:
    """The number of scans that an export simulates."""
    return scans + CALIBRATION_SCANS * (precision == "int8")


def export(
    model: Model,
    path: Path,
    form: Format,
    precision: str = "float32",
    *,
    complete: bool = False,
    scans: int = CHECK_SCANS,
    progress: Progress | None = None,
) -> Parity:
    """Write a model's graph if it says what PyTorch says, and the report on that beside it, as .parity.json.

    path: ends in .onnx or .xml; nothing is written there unless the graph passes.
    precision: "int8" quantizes; else the graph is the same, and is checked in this precision.
    complete: metres to labels, CRF included, see `Complete`.
    scans: simulated ones to check it on.

    Raises:
        InputError: the graph fails, the combination doesn't exist, or something needed isn't installed.
    """
    if form == "onnx" and precision != "float32":
        raise InputError(f"an ONNX graph is float32, not {precision}; export openvino instead")
    if path.suffix != (suffix := {"onnx": ".onnx", "openvino": ".xml"}[form]):
        raise InputError(f"{path}: the name must end in {suffix}")
    if scans < 1:
        raise InputError(f"scans {scans}: must be 1 or more")
    if not model.part("network"):
        raise InputError(f"{model.path}: is a graph already; export the .safetensors that it was made of")
    processor.guard_matrix_unit()

    def told(before: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(before + done) if progress else None

    with tempfile.TemporaryDirectory() as folder:
        float_graph = Path(folder, "graph.onnx")
        facts = export_onnx(model, float_graph, complete=complete)
        graph = float_graph if form == "onnx" else Path(folder, "graph.xml")
        multiple = facts.width_multiple
        if precision == "int8":
            calibration = check_scans(CALIBRATION_SCANS, CALIBRATION_SEED, multiple, told(0))
            inputs = [
                sector[None]
                for scan in calibration
                for sector in (scan.channels if complete else model.card.normalisation(scan.channels))
            ]
            quantize(float_graph, inputs, graph)
        elif form == "openvino":
            import openvino

            converted = openvino.Core().read_model(float_graph)
            converted.set_rt_info("", ["framework", KEY])
            converted.set_rt_info(facts.to_text(), [KEY])
            save_ir(converted, graph)
        found = compare(
            torch_labels(model, complete=complete),
            _labeller(graph, model, precision, complete=complete),
            check_scans(scans, CHECK_SEED, multiple, told(scans_needed(precision, 0))),
            model.card.classes,
            precision,
        )
        if found.failure:
            raise InputError(f"{path}: not written, {found.failure}; use another precision or other weights")
        for written in [graph.with_suffix(".bin")] * (form == "openvino") + [graph]:
            with atomic_write(path.with_suffix(written.suffix)) as file:
                file.write(written.read_bytes())
    with atomic_write(path.with_name(f"{path.name}.parity.json")) as file:
        facts_of_run = {"graph": path.name, "weights": model.card.file, "checksum": model.card.checksum}
        file.write(json.dumps(facts_of_run | found.as_dict(), indent=2).encode() + b"\n")
    return found


def _labeller(graph: Path, model: Model, precision: str, *, complete: bool) -> Labeller:
    """A labeller by the file that was just written, run by the library that it is for."""
    if not complete:
        engine = graph_engine(graph, "onnxruntime" if graph.suffix == ".onnx" else "openvino", precision)
        return network_labels(engine, model.card.normalisation)
    if graph.suffix == ".onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        return lambda channels: np.asarray(session.run(["labels"], {"scan": channels})[0], np.uint8)
    import openvino

    hint = {"INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32"}
    compiled = openvino.Core().compile_model(graph, "CPU", hint)
    return lambda channels: np.asarray(compiled([channels])["labels"], np.uint8)
