"""The list of a network's operations, for its container: from PyTorch's export, and from NNCF what int8 rounds."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.graphs.assembly import assemble, strided
from squeezeseg.graphs.onnx_export import network_onnx
from squeezeseg.graphs.quantize import coordinate_inputs, quantize_model
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.operations import INPUT, MOST_NUMBERS, Bytes, Constant, Operation, Operations

if TYPE_CHECKING:
    import onnx
    import openvino

_SMALL = 64
"""Numbers of a constant in float32 that is none of the network's tensors, at most."""


def with_operations(container: Container) -> Container:
    """A container with the operations of its network, without int8.

    Raises:
        InputError: the weights don't fit the network, or it has an operation or a tensor that can't be listed.
    """
    model = Model(container.card, container.decoded())
    proto, facts = network_onnx(model)
    try:
        operations = operations_of(proto, facts.width_multiple, model.tensors)
    except ValueError as error:
        raise InputError(f"{model.card.model}: its operations can't be listed ({error})") from None
    return replace(container, operations=operations)


def with_int8(container: Container, inputs: Sequence[NDArray[np.float32]]) -> Container:
    """A container, whose operations are listed, with what int8 rounds: what NNCF would.

    inputs: normalised range images (1, C, H, W), for the ranges of the activations.

    Raises:
        InputError: NNCF isn't installed, or rounds what can't be listed.
    """
    import openvino

    content = assemble(Model(container.card, container.decoded(), container=container), "float")
    assert content is not None
    graph = openvino.Core().read_model(io.BytesIO(content))
    graph.reshape(list(inputs[0].shape))
    return with_int8_of(container, quantize_model(graph, inputs, coordinate_inputs(container.card)))


def with_int8_of(container: Container, quantized: openvino.Model) -> Container:
    """A container, whose operations are listed, with what a quantized graph of the same network rounds.

    Raises:
        InputError: it is a graph of others, or rounds what can't be listed.
    """
    assert container.operations is not None
    try:
        operations = _rounded(container.operations, quantized)
        operations.check({name: tensor.shape for name, tensor in container.tensors.items()})
    except ValueError as error:
        raise InputError(f"{container.card.model}: what int8 rounds can't be listed ({error})") from None
    return replace(container, operations=operations)


def operations_of(proto: onnx.ModelProto, multiple: int, tensors: Mapping[str, NDArray[np.float32]]) -> Operations:
    """The operations of an exported network. tensors: the model's. Raises ValueError if they can't be listed."""
    from onnx import helper, numpy_helper

    constants, names, folds = dict[str, Constant](), dict[str, str](), dict[str, int]()
    for one in proto.graph.initializer:
        values = numpy_helper.to_array(one)
        known = f"network.{one.name}"
        if known in tensors:
            names[one.name] = known
            if (count := _folded(values, tensors[known])) > 1:
                folds[known] = count
        else:
            constants[one.name] = _constant(one.name, values)
    operations = list[Operation]()
    for node in proto.graph.node:
        attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        if node.op_type == "Constant":
            (value,) = attributes.values()
            constants[node.output[0]] = _constant(node.output[0], numpy_helper.to_array(value))
            continue
        operations.append(
            Operation(
                kind=node.op_type,
                takes=[names.get(name, name) for name in node.input],
                gives=list(node.output),
                given={name: _attribute(value) for name, value in attributes.items()},
            )
        )
    opset = next(one.version for one in proto.opset_import if one.domain in ("", "ai.onnx"))
    gives = [one.name for one in proto.graph.output]
    taken = {name for one in operations for name in one.takes}
    used = {name: value for name, value in constants.items() if name in taken}
    made = Operations(
        opset=opset, width_multiple=multiple, operations=operations, constants=used, gives=gives, folds=folds
    )
    made.check({name: value.shape for name, value in tensors.items()})
    return made


def _folded(values: NDArray[Any], tensor: NDArray[np.float32]) -> int:
    """The columns that the exported tensor strides over, 1 for none. Raises ValueError if it is another tensor."""
    if np.array_equal(values, tensor):
        return 1
    if values.ndim == tensor.ndim == 4:
        count, rest = divmod(int(tensor.shape[1]), int(values.shape[1]))
        if not rest and values.size == tensor.size and np.array_equal(values, strided(tensor, count)):
            return count
    raise ValueError("a tensor that export changes")


def _constant(name: str, values: NDArray[Any]) -> Constant:
    if values.size > (_SMALL if values.dtype.kind == "f" else MOST_NUMBERS):
        raise ValueError(f"{name}: {values.size} numbers that are none of its tensors")
    fields = {"kind": values.dtype.name, "shape": list(values.shape), "numbers": values.reshape(-1).tolist()}
    return Constant.model_validate(fields)


def _attribute(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, Iterable):
        return list(value)
    raise ValueError(f"an attribute that is a {type(value).__name__}")


def _rounded(operations: Operations, quantized: openvino.Model) -> Operations:
    values, weights = dict[str, list[float]](), list[str]()
    by_output = {name: one for one in operations.operations for name in one.gives}
    for node in quantized.get_ordered_ops():
        if node.get_type_name() == "FakeQuantize" and not _is_int8(node.output(0)):
            values[_value_name(node.input_value(0), by_output)] = _range(node)
        elif "Convolution" in node.get_type_name() and _is_int8(node.input_value(1)):
            weights.append(_operation_of(node, by_output).takes[1])
    if not values:
        raise ValueError("it rounds nothing")
    return operations.model_copy(update={"int8": Bytes(values=values, weights=weights)})


def _value_name(source: openvino.Output, by_output: Mapping[str, Operation]) -> str:
    for name in source.get_names():
        if name in by_output or name == INPUT:
            return str(name)
    raise ValueError(f"{source.get_node().get_friendly_name()}: within an operation")


def _range(node: openvino.Node) -> list[float]:
    """Of a tensor; NNCF gives each channel in front of a depthwise convolution one of its own: that of all together."""
    ends = [node.input_value(place).get_node().get_data() for place in range(1, 5)]
    low, high, *again = (float(pick(end)) for pick, end in zip((np.min, np.max) * 2, ends, strict=True))
    if again != [low, high] or node.get_attributes()["levels"] != 256:
        raise ValueError(f"{node.get_friendly_name()}: other steps than those of bytes")
    return [low, high]


def _is_int8(source: openvino.Output) -> bool:
    """True of weights that come from bytes, or are still to be rounded to them."""
    node, rounded = source.get_node(), False
    while node.get_type_name() in ("Multiply", "Subtract", "Convert", "Reshape", "FakeQuantize"):
        rounded |= node.get_type_name() == "FakeQuantize"
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Constant":
        return False
    return rounded or str(node.get_element_type().get_type_name()) in ("i8", "u8")


def _operation_of(node: openvino.Node, by_output: Mapping[str, Operation]) -> Operation:
    """The listed operation of a convolution, whose bias may be another node behind it."""
    behind = (target.get_node() for target in node.output(0).get_target_inputs())
    for one in (node, *(target for target in behind if target.get_type_name() == "Add")):
        for name in one.output(0).get_names():
            if name in by_output:
                return by_output[name]
    raise ValueError(f"{node.get_friendly_name()}: no operation")
