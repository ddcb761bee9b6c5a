"""What is told of OpenVINO's kernels."""

from __future__ import annotations

import numpy as np
import pytest

from squeezeseg.engines.openvino_engine import kernels_of


def test_a_shuffle_of_channels_tells_nothing():
    openvino = pytest.importorskip("openvino")
    from openvino import opset15 as ops

    image = ops.parameter([1, 8, 4, 16], np.float32)
    groups = ops.reshape(image, np.array([1, 2, 4, 4, 16]), special_zero=False)
    swapped = ops.transpose(groups, np.array([0, 2, 1, 3, 4]))
    shuffled = ops.reshape(swapped, np.array([1, 8, 4, 16]), special_zero=False)
    compiled = openvino.Core().compile_model(openvino.Model([shuffled], [image]), "CPU")
    kinds = {node.get_rt_info()["layerType"].astype(str) for node in compiled.get_runtime_model().get_ops()}
    assert kinds == {"Input", "ShuffleChannels", "Output"}
    assert kernels_of(compiled) == {"unknown_f32"}
