"""ONNX files written without ONNX's package: what it reads in them is what was meant."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tools import needs

from squeezeseg.graphs import onnx_file

onnx = needs("onnx")

from onnx import helper, numpy_helper


def written(nodes=(), tensors=(), inputs=(), outputs=(), **metadata):
    return onnx.ModelProto.FromString(onnx_file.model(nodes, tensors, inputs, outputs, 20, metadata))


@pytest.mark.parametrize(
    "attribute",
    [0, 1, -1, 127, 128, 300, 1 << 40, -(1 << 40), 0.5, -1e-9, "nearest", [1, -2, 300], [], [0.5, 2.0]],
)
def test_attributes(attribute):
    (node,) = written(nodes=[onnx_file.node("Conv", ["x", "", "w"], ["y", "z"], {"a": attribute})]).graph.node
    assert (node.op_type, list(node.input), list(node.output)) == ("Conv", ["x", "", "w"], ["y", "z"])
    got = helper.get_attribute_value(node.attribute[0])
    expected = attribute.encode() if isinstance(attribute, str) else attribute
    assert (list(got) if isinstance(attribute, list) else got) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["float32", "float16", "int64", "int32", "int8", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 1, 3)])
def test_tensors(kind, shape):
    values = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2 - (kind[0] != "u")).astype(kind)
    (tensor,) = written(tensors=[onnx_file.tensor("w", values)]).graph.initializer
    got = numpy_helper.to_array(tensor)
    assert (tensor.name, got.dtype, got.shape) == ("w", values.dtype, shape)
    np.testing.assert_array_equal(got, values)


def test_columns_of_a_tensor_that_lie_apart_in_memory():
    values = np.arange(12, dtype=np.float32).reshape(3, 4).T
    np.testing.assert_array_equal(
        numpy_helper.to_array(written(tensors=[onnx_file.tensor("w", values)]).graph.initializer[0]), values
    )


def test_a_whole_file_passes_its_own_checker():
    long = "é" * 200
    proto = written(
        [onnx_file.node("Relu", ["scan"], ["y"])],
        [],
        [onnx_file.value("scan", ("batch", 5, "height", "width"))],
        [onnx_file.value("y", ("batch", "classes", "height", "width"))],
        key=long,
    )
    onnx.checker.check_model(proto)
    sides = [side.dim_param or side.dim_value for side in proto.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["batch", 5, "height", "width"]
    assert [(one.key, one.value) for one in proto.metadata_props] == [("key", long)]
