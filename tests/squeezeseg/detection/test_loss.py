"""ConvDet's loss, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from oracles import detection as slow

from squeezeseg.detection.decoding import Predictions
from squeezeseg.detection.loss import Targets, detection_loss

SIZE = (200, 100)
ANCHORS = np.array([(x, y, w, h) for x in (40, 100, 150) for y in (30, 60) for w, h in ((20, 20), (40, 30))], float)


def predicted(batch=2, seed=0):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0, 0.5, (batch, len(ANCHORS), 8))
    return Predictions(
        torch.tensor(numbers[..., :3], requires_grad=True),
        torch.tensor(1 / (1 + np.exp(-numbers[..., 3])), requires_grad=True),
        torch.tensor(numbers[..., 4:], requires_grad=True),
    )


def targets(*objects):
    columns = list(zip(*objects, strict=True)) or [()] * 5
    whole = [torch.tensor(column, dtype=torch.int64) for column in columns[:3]]
    real = [torch.tensor(column, dtype=torch.float64).reshape(-1, 4) for column in columns[3:]]
    return Targets(*whole, *real)


OBJECTS = [
    (0, 2, 1, (0.1, -0.2, 0.3, 0.2), (45, 55, 28, 26)),
    (0, 9, 0, (0.0, 0.4, -0.3, 1.2), (150, 60, 30, 80)),
    (1, 5, 2, (0.5, 0.1, 0.0, 0.0), (110, 31, 40, 30)),
]


@pytest.mark.parametrize("objects", [OBJECTS, OBJECTS[:2], []])
def test_as_its_twin(objects):
    own = predicted()
    lists = [values.detach().tolist() for values in (own.logits, own.confidences, own.deltas)]
    expected = slow.convdet_loss(*lists, objects, ANCHORS.tolist(), SIZE)
    loss = detection_loss(own, targets(*objects), torch.from_numpy(ANCHORS), SIZE)
    assert loss.item() == pytest.approx(expected)


def test_only_answering_anchors_learn_classes_and_deltas_and_all_confidences():
    own = predicted()
    detection_loss(own, targets(*OBJECTS), torch.from_numpy(ANCHORS), SIZE).backward()
    learning = torch.zeros(2, len(ANCHORS), dtype=torch.bool)
    learning[[0, 0, 1], [2, 9, 5]] = True
    assert own.logits.grad is not None
    assert own.deltas.grad is not None
    assert own.confidences.grad is not None
    assert torch.equal(own.logits.grad.abs().sum(2) > 0, learning)
    assert torch.equal(own.deltas.grad.abs().sum(2) > 0, learning)
    assert (own.confidences.grad != 0).all()


def test_the_overlap_that_is_wanted_is_a_constant():
    """Deltas learn from their targets alone, not from the confidence's."""
    own = predicted()
    detection_loss(own, targets(OBJECTS[0]), torch.from_numpy(ANCHORS), SIZE).backward()
    assert own.deltas.grad is not None
    expected = 2 * 5 * (own.deltas[0, 2].detach() - torch.tensor(OBJECTS[0][3], dtype=torch.float64))
    assert torch.allclose(own.deltas.grad[0, 2], expected)
