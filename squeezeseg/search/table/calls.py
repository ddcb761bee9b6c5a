"""Frames to calls that run them in an engine, each alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.graphs.onnx_export import onnx_of
from squeezeseg.graphs.quantize import quantize_model
from squeezeseg.networks.strided_folds import stride_folds
from squeezeseg.search.table.frame import Batch, Item
from squeezeseg.search.table.target import Target

if TYPE_CHECKING:
    import onnx

Call = Callable[[], object]
_SEED = 0


def calls_of(items: Sequence[Item], target: Target) -> list[Call]:
    """A call for each case, that runs its frame once in the target's engine. Weights and inputs are random.

    One graph is exported, and quantized, for all of them, and then taken apart: that is most of the work. int8 is
    calibrated on noise: its ranges are of no use, and no time depends on them.

    Raises:
        InputError: a case can't be built, or the processor can't run the precision.
    """
    torch.manual_seed(_SEED)
    try:
        batch = stride_folds(Batch(items).eval())
    except ValueError as error:
        raise InputError(f"a layer case can't be built: {error}") from None
    proto = onnx_of(batch, batch.takes, [name for _, outputs in batch.each for name in outputs])
    rng = np.random.default_rng(_SEED)
    inputs = {name: rng.standard_normal(shape, np.float32) for name, shape in batch.takes.items()}
    make = _openvino_calls if target.engine == "openvino" else _onnxruntime_calls
    return make(proto, batch, inputs, target)


def _openvino_calls(
    proto: onnx.ModelProto, batch: Batch, inputs: dict[str, NDArray[np.float32]], target: Target
) -> list[Call]:
    import openvino

    from squeezeseg.engines.openvino_engine import kernels_of, settings

    core = openvino.Core()
    properties = settings(core, target.precision, target.threads)
    with tempfile.TemporaryDirectory(prefix="squeezeseg-table-") as folder:
        path = Path(folder, "cases.onnx")
        path.write_bytes(proto.SerializeToString())
        model = core.read_model(path)
        if target.precision == "int8":
            model = quantize_model(model, [inputs], batch.coordinates)
        parameters = {one.get_any_name(): one.get_node() for one in model.inputs}
        results = {one.get_any_name(): one.get_node() for one in model.outputs}

        def call(takes: list[str], gives: list[str]) -> Call:
            alone = openvino.Model([results[name] for name in gives], [parameters[name] for name in takes])
            compiled = core.compile_model(alone, "CPU", properties)
            target.check(kernels_of(compiled))
            request = compiled.create_infer_request()
            for place, name in enumerate(takes):
                request.set_input_tensor(place, openvino.Tensor(inputs[name]))
            return lambda: request.infer(share_outputs=True)

        return [call(takes, gives) for takes, gives in batch.each]


def _onnxruntime_calls(
    proto: onnx.ModelProto, batch: Batch, inputs: dict[str, NDArray[np.float32]], target: Target
) -> list[Call]:
    import onnxruntime
    from onnx.utils import Extractor

    from squeezeseg.engines.onnxruntime_engine import session_options

    extractor, options = Extractor(proto), session_options(target.threads)

    def call(takes: list[str], gives: list[str]) -> Call:
        alone = extractor.extract_model(takes, gives)
        session = onnxruntime.InferenceSession(alone.SerializeToString(), options, providers=["CPUExecutionProvider"])
        fed = {name: inputs[name] for name in takes}
        return lambda: session.run(None, fed)

    return [call(takes, gives) for takes, gives in batch.each]
