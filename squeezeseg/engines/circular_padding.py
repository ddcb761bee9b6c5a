"""Circular padding in OpenVINO's graphs: each layer sees, beyond one end of a full turn, its other end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import openvino

_CONVOLUTIONS = ("Convolution", "GroupConvolution")
_PIXEL_BY_PIXEL = frozenset((
    "Parameter", "Constant", "Result", "FakeQuantize", "Convert", "Relu", "PRelu", "Clamp", "HSwish", "Swish",
    "Sigmoid", "HSigmoid", "Add", "Subtract", "Multiply", "Divide", "Transpose", "Reshape", "Squeeze", "Unsqueeze",
    "Broadcast", "ShapeOf", "Gather", "Slice", "Concat",
))  # fmt: skip
"""What looks at no neighbour, and what shapes are computed by."""
_COLUMNS = 3
"""The axis of the width."""


def can_be_circular(model: openvino.Model) -> bool:
    """True if the graph has no layer that `make_circular` does not know how to pad."""
    return all(node.get_type_name() in (*_CONVOLUTIONS, *_PIXEL_BY_PIXEL) for node in model.get_ordered_ops())


def make_circular(model: openvino.Model, turn: int) -> None:
    """Pad a graph circularly, in place, for images of a full turn whose ends are repeated at either side.

    Each convolution gets, in the place of its padding, the columns that lie a turn away. So the answers are exact
    however few columns are repeated, where zeros would need as many as the network sees.

    model: of one size of image, W columns. turn: of which these show so many, and the others again.

    Raises:
        ValueError: the columns of a layer are no whole number of the image's.
    """
    width = model.input(0).get_shape()[_COLUMNS]
    for node in model.get_ordered_ops():
        if node.get_type_name() in _CONVOLUTIONS:
            shown = node.input_value(0).get_shape()[_COLUMNS]
            stride, rest = divmod(width, shown)
            if rest or turn % stride:
                raise ValueError(f"{node.get_friendly_name()}: {shown} columns for {width} of the image")
            _pad(node, turn // stride)
    model.validate_nodes_and_infer_types()


def _pad(node: openvino.Node, turn: int) -> None:
    from openvino import opset13 as ops

    attributes = node.get_attributes()
    (top, left), (bottom, right) = attributes["pads_begin"], attributes["pads_end"]
    if not left and not right:
        return
    source = node.input_value(0)
    width = source.get_shape()[_COLUMNS]

    def part(first: int, count: int) -> openvino.Node:
        places = (np.array([value], np.int64) for value in (first, first + count, 1, _COLUMNS))
        return ops.slice(source, *map(ops.constant, places))

    parts = [part(turn - left, left)] * bool(left) + [source] + [part(width - turn, right)] * bool(right)
    build = ops.convolution if node.get_type_name() == "Convolution" else ops.group_convolution
    made = build(
        ops.concat(parts, _COLUMNS), node.input_value(1), attributes["strides"], [top, 0], [bottom, 0],
        attributes["dilations"],
    )  # fmt: skip
    made.set_friendly_name(node.get_friendly_name())
    for target in node.output(0).get_target_inputs():
        target.replace_source_output(made.output(0))
