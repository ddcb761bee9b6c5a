"""Graphs padded circularly: the answers are those for a turn that goes on and on."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tools import needs

openvino = needs("openvino")

from openvino import opset13 as ops

from squeezeseg.engines.circular_padding import can_be_circular, make_circular

TURN, STRIDE, CHANNELS, HEIGHT = 32, 4, 4, 3


def weights(*shape, seed):
    return ops.constant(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def graph(width, last=None):
    """3x3, dilated 3x3 of stride 2, depthwise 1x5 of stride 2, 1x1; then what `last` adds."""
    scan = ops.parameter([1, CHANNELS, HEIGHT, width], np.float32, name="scan")
    x = ops.convolution(scan, weights(CHANNELS, CHANNELS, 3, 3, seed=1), [1, 1], [1, 1], [1, 1], [1, 1])
    x = ops.relu(x)
    x = ops.convolution(x, weights(CHANNELS, CHANNELS, 3, 3, seed=2), [1, 2], [2, 2], [2, 2], [2, 2])
    x = ops.group_convolution(x, weights(CHANNELS, 1, 1, 1, 5, seed=3), [1, 2], [0, 2], [0, 2], [1, 1])
    x = ops.convolution(x, weights(CHANNELS, CHANNELS, 1, 1, seed=4), [1, 1], [0, 0], [0, 0], [1, 1])
    return openvino.Model([(last or (lambda x: x))(x)], [scan], "g")


def answer(model, image):
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled([image])[0])


@pytest.mark.parametrize("repeated", [0, STRIDE, 3 * STRIDE])
def test_answers_are_those_for_a_turn_that_goes_on(repeated):
    turn = np.random.default_rng(0).normal(size=(1, CHANNELS, HEIGHT, TURN)).astype(np.float32)
    columns = (np.arange(TURN + 2 * repeated) - repeated) % TURN
    circular = graph(len(columns))
    make_circular(circular, TURN)
    going_on = answer(graph(3 * TURN), np.tile(turn, 3))[..., TURN // STRIDE : 2 * TURN // STRIDE]
    np.testing.assert_allclose(
        answer(circular, turn[..., columns]), going_on[..., columns[::STRIDE] // STRIDE], atol=1e-4
    )


def test_a_turn_of_no_whole_number_of_columns_is_refused():
    with pytest.raises(ValueError, match="columns"):
        make_circular(graph(TURN + 2 * STRIDE), TURN + 1)


@pytest.mark.parametrize(
    ("last", "known"),
    [
        (ops.relu, True),
        (lambda x: ops.max_pool(x, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3], "floor").output(0), False),
        (lambda x: ops.reduce_mean(x, ops.constant(np.array([2, 3])), True), False),
        (lambda x: ops.convolution_backprop_data(x, weights(CHANNELS, 2, 1, 4, seed=5), [1, 2]), False),
    ],
    ids=["ReLU", "pool", "mean", "transposed"],
)
def test_layers_that_it_knows(last, known):
    assert can_be_circular(graph(TURN, last)) == known
