"""Graphs put together from a container: its operations, its tensors, and for int8 its codes and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from squeezeseg.graphs import onnx_file
from squeezeseg.graphs.metadata import KEY, GraphFacts, Kind
from squeezeseg.weights import Model
from squeezeseg.weights.operations import INPUT, Bytes, Operations
from squeezeseg.weights.stored_tensor import StoredTensor, Uniform

LARGEST = 127
"""Of an int8 weight, so that it is symmetric."""
_STEPS = 255
"""Of a value's range in bytes."""


def lists(model: Model, kind: Kind) -> bool:
    """True if a model's container tells how its graph of this kind is made."""
    return model.operations is not None and (kind == "float" or model.operations.int8 is not None)


def assemble(model: Model, kind: Kind) -> bytes | None:
    """The .onnx file of a model's graph, None where its container doesn't say how. It is what PyTorch's export says.

    An int8 graph rounds values to bytes by QuantizeLinear and back by DequantizeLinear, from which engines make
    integer kernels, and has weights as int8 with a scale for each output channel.
    """
    operations = model.operations
    if operations is None or not lists(model, kind):
        return None
    rounding = operations.int8 if kind == "int8" and operations.int8 else Bytes(values={}, weights=[])
    nodes, tensors = list[bytes](), list[bytes]()
    for name in operations.takes():
        if name in rounding.weights:
            axis = _output_axis(operations, name)
            nodes.append(_weights_node(name, axis))
            tensors += _weights(name, model, operations, axis)
        elif name in operations.constants:
            given = operations.constants[name]
            tensors.append(onnx_file.tensor(name, np.array(given.numbers, given.kind).reshape(given.shape)))
        elif name in model.tensors:
            tensors.append(onnx_file.tensor(name, strided(model.tensors[name], operations.folds.get(name, 1))))
    for name, (low, high) in rounding.values.items():
        tensors += _range(name, low, high)
    if INPUT in rounding.values:
        nodes += _value_nodes(INPUT)
    for one in operations.operations:
        takes = [_rounded(name) if name in rounding.values else name for name in one.takes]
        nodes.append(onnx_file.node(one.kind, takes, one.gives, one.given))
        for name in one.gives:
            if name in rounding.values:
                nodes += _value_nodes(name)
    facts = GraphFacts(model, kind, operations.width_multiple)
    return onnx_file.model(
        nodes,
        tensors,
        [onnx_file.value(INPUT, ("batch", model.card.architecture.inputs, "height", "width"))],
        [onnx_file.value(name, ("batch", f"{name}.channels", "height", "width")) for name in operations.gives],
        operations.opset,
        {KEY: facts.to_text()},
    )


def int8_weights(tensor: StoredTensor, channels: int, columns: int = 1) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights as int8, and the scale of each output channel, float32.

    Codes of equal steps are taken as they are where they fit a byte: nothing is rounded twice.

    channels: the axis of the output channels. columns: that are folded, see `Operations.folds`.
    """
    others = tuple(axis for axis in range(len(tensor.shape)) if axis != channels)
    values = tensor.decoded()
    scales = np.abs(values).max(axis=others, keepdims=True, initial=0) / np.float32(LARGEST)
    if isinstance(tensor, Uniform) and (len(tensor.scales) == 1 or tensor.axis == channels):
        fits = np.abs(tensor.codes).max(axis=others, keepdims=True, initial=0) <= LARGEST
        scales = np.where(fits, tensor.steps, scales)
    scales = np.maximum(scales, np.finfo(np.float32).tiny)
    codes = np.clip(np.rint(values / scales), -LARGEST, LARGEST).astype(np.int8)
    return strided(codes, columns), scales.astype(np.float32).reshape(-1)


def strided(weights: NDArray[Any], columns: int) -> NDArray[Any]:
    """The weights of a convolution of folded columns as those of a strided one, as `stride_folds` has them."""
    if columns == 1:
        return weights
    outputs, inputs, rows, across = weights.shape
    apart = weights.reshape(outputs, columns, inputs // columns, rows, across).transpose(0, 2, 3, 4, 1)
    return apart.reshape(outputs, inputs // columns, rows, across * columns)


def _output_axis(operations: Operations, name: str) -> int:
    """The axis of the output channels of weights."""
    return 1 if any(one.kind == "ConvTranspose" and name in one.takes for one in operations.operations) else 0


def _weights(name: str, model: Model, operations: Operations, axis: int) -> Iterator[bytes]:
    codes, scales = int8_weights(model.stored(name), axis, operations.folds.get(name, 1))
    yield onnx_file.tensor(f"{name}.codes", codes)
    yield onnx_file.tensor(f"{name}.scales", scales)


def _weights_node(name: str, axis: int) -> bytes:
    return onnx_file.node("DequantizeLinear", [f"{name}.codes", f"{name}.scales"], [name], {"axis": axis})


def _range(name: str, low: float, high: float) -> Iterator[bytes]:
    step = (high - low) / _STEPS
    yield onnx_file.tensor(f"{name}.step", np.array(step, np.float32))
    yield onnx_file.tensor(f"{name}.zero", np.array(np.rint(-low / step), np.uint8))


def _value_nodes(name: str) -> Iterator[bytes]:
    rounding = [f"{name}.step", f"{name}.zero"]
    yield onnx_file.node("QuantizeLinear", [name, *rounding], [f"{name}.byte"])
    yield onnx_file.node("DequantizeLinear", [f"{name}.byte", *rounding], [_rounded(name)])


def _rounded(name: str) -> str:
    return f"{name}.rounded"
