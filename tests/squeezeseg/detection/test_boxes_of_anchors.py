"""Deltas to boxes and back, and which anchor answers for a box."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from squeezeseg.detection.decoding import Predictions, boxes, clipped_exponential, found
from squeezeseg.detection.rectangles import cornered
from squeezeseg.detection.targets import assign, encode

SIZE = (400, 300)
ANCHORS = np.array([(100, 100, 40, 40), (100, 100, 80, 20), (300, 200, 40, 40)], float)


@pytest.mark.parametrize(
    ("x", "expected"),
    [(-3, math.exp(-3)), (0, 1), (1, math.e), (2, 2 * math.e), (1000, 1000 * math.e)],
)
def test_clipped_exponential(x, expected):
    assert clipped_exponential(torch.tensor(float(x), dtype=torch.float64)).item() == pytest.approx(expected)


def test_clipped_exponential_has_a_gradient_however_large():
    x = torch.tensor([0.0, 200.0], requires_grad=True)
    clipped_exponential(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == pytest.approx([1, math.e])


@given(st.tuples(*[st.floats(30, 200)] * 2), st.tuples(*[st.floats(5, 55)] * 2), st.integers(0, 2))
def test_decoding_undoes_encoding(centre, size, which):
    box, anchor = np.array([[*centre, *size]]), ANCHORS[[which]]
    deltas = torch.from_numpy(encode(box, anchor))
    if (deltas[:, 2:] <= 1).all():  # farther the exponential is no inverse of the logarithm
        assert np.allclose(boxes(deltas, torch.from_numpy(anchor), SIZE).numpy(), box)


def test_boxes_are_clipped_to_the_image():
    anchor = torch.tensor([[0.0, 299, 40, 40]])
    clipped = boxes(torch.zeros(1, 4), anchor, SIZE).double().numpy()
    assert cornered(clipped).tolist() == [[0, 279, 19, 299]]


def test_assign():
    wanted = np.array([(101, 100, 40, 40), (100, 100, 39, 39), (100, 100, 38, 38), (10, 10, 4, 4)], float)
    # The best free anchor, the next best; where none overlaps, the nearest that is left.
    assert assign(wanted[:2], ANCHORS).tolist() == [0, 1]
    assert assign(wanted[:3], ANCHORS).tolist() == [0, 1, 2]
    assert assign(wanted[3:], ANCHORS).tolist() == [0]
    assert assign(wanted[[0, 3]], ANCHORS).tolist() == [0, 1]


def test_found_takes_the_best_of_each_class():
    logits = torch.full((1, 3, 3), -9.0)
    logits[0, [0, 1, 2], [0, 0, 2]] = 9.0
    predicted = Predictions(logits, torch.tensor([[0.9, 0.8, 0.5]]), torch.zeros(1, 3, 4))
    anchors = torch.tensor([[100.0, 100, 40, 40], [102, 100, 40, 40], [104, 100, 40, 40]])
    (image,) = found(predicted, anchors, SIZE)
    assert image.classes.tolist() == [0, 2]
    assert image.scores.tolist() == pytest.approx([0.9, 0.5], abs=1e-3)
    assert image.rectangles.tolist() == [[80, 80, 119, 119], [84, 80, 123, 119]]
    (sure,) = found(predicted, anchors, SIZE, least=0.6)
    assert sure.classes.tolist() == [0]
