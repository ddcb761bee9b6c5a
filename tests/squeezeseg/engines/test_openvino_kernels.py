"""What is told of OpenVINO's kernels."""

from __future__ import annotations

import numpy as np
from helpers.tools import needs

from squeezeseg.engines.openvino_engine import kernels_of


def test_layers_that_only_move_numbers_tell_no_instruction_set():
    needs("openvino")
    import openvino
    from openvino import opset15 as ops

    image = ops.parameter([1, 8, 4, 16], np.float32)
    groups = ops.reshape(image, np.array([1, 2, 4, 4, 16]), special_zero=False)
    swapped = ops.transpose(groups, np.array([0, 2, 1, 3, 4]))
    shuffled = ops.reshape(swapped, np.array([1, 8, 4, 16]), special_zero=False)
    mean = ops.reduce_mean(shuffled, np.array([3]), keep_dims=True)
    convolved = ops.convolution(mean, np.ones((8, 8, 1, 1), np.float32), [1, 1], [0, 0], [0, 0], [1, 1])
    compiled = openvino.Core().compile_model(openvino.Model([convolved], [image]), "CPU")
    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    names = {node["layerType"].astype(str): node["primitiveType"].astype(str) for node in nodes}
    assert {"ShuffleChannels", "Reduce", "Convolution"} < names.keys()
    assert kernels_of(compiled) == {names["Convolution"]}
