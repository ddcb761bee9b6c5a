"""SqueezeDet as published: counts, grid, anchors, order of channels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from squeezeseg.detection.anchors import SHAPES
from squeezeseg.detection.decoding import predictions
from squeezeseg.detection.squeezedet import CLASSES, VARIANTS, SqueezeDet


@pytest.mark.parametrize(
    ("name", "parameters", "grid"),
    [("squeezedet", 2_082_120, (78, 24)), ("squeezedet+", 7_021_640, (76, 22))],
)
def test_published_counts(name, parameters, grid):
    network = SqueezeDet(VARIANTS[name])
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert network.grid == grid
    assert network.anchors.shape == (grid[0] * grid[1] * 9, 4)


def test_convdet_is_a_quarter_of_the_network():
    assert sum(p.numel() for p in SqueezeDet(VARIANTS["squeezedet"]).convdet.parameters()) == 497_736


@pytest.mark.parametrize("name", VARIANTS)
def test_the_grid_is_that_of_the_outputs(name):
    network = SqueezeDet(VARIANTS[name], 200, 120).eval()
    outputs = network(torch.zeros(1, 3, 120, 200))
    columns, rows = network.grid
    assert outputs.shape == (1, 72, rows, columns)
    assert outputs.abs().max() < 1  # small weights: nothing is sure at the start


def test_anchors_are_the_published_ones():
    anchors = SqueezeDet(VARIANTS["squeezedet"]).anchors.reshape(24, 78, 9, 4)
    assert np.allclose(anchors[0, 0, 0], (1248 / 79, 384 / 25, 36, 37))
    assert np.allclose(anchors[23, 77, 8], (78 * 1248 / 79, 24 * 384 / 25, 72, 43))
    assert np.allclose(anchors[5, 7, :, 2:], SHAPES)


def test_anchors_shrink_with_the_image():
    whole, half = (SqueezeDet(VARIANTS["squeezedet"], 1248 // k, 384 // k).anchors for k in (1, 2))
    assert len(half) == len(whole) // 4
    assert np.allclose(half[0, 2:], whole[0, 2:] / 2)


def test_published_order_of_channels():
    """All class logits, anchor by anchor, then all confidences, then all deltas."""
    outputs = torch.arange(72.0).reshape(1, 72, 1, 1).repeat(1, 1, 2, 3)
    outputs[0, :, 1, 0] += 100
    predicted = predictions(outputs, len(CLASSES))
    assert predicted.logits.shape == (1, 54, 3)
    assert predicted.logits[0, :9].flatten().tolist() == list(range(27))
    assert torch.allclose(predicted.confidences[0, :9], torch.arange(27.0, 36).sigmoid())
    assert predicted.deltas[0, :9].flatten().tolist() == list(range(36, 72))
    assert predicted.deltas[0, 27, 0] == 136  # the first anchor of the second row of cells
